/** Groups in the order of their first members. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
	const groups = new Map<string, T[]>();
	for (const value of values) {
		const group = groups.get(key(value));
		if (group === undefined) {
			groups.set(key(value), [value]);
		} else {
			group.push(value);
		}
	}

	return groups;
}
