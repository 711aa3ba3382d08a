// ... existing code ...
	/** Takes `count` tokens, or none if there are too few. */
	tryTake(count = 1): boolean {
		if (count > this.options.capacity) {
			throw new RangeError('count is larger than the capacity');
		}

		this.refill();
// ... existing code ...
