import type {Verifier} from '../speculation/verifier.ts';

/** Tells how many sequences of a verifier are open, whenever that changes. */
export function countSequences(verifier: Verifier, onCount: (count: number) => void): Verifier {
	let count = 0;
	const add = (change: 1 | -1) => {
		count += change;
		onCount(count);
	};
	return {
		open() {
			const sequence = verifier.open();
			let isOpen = false;
			return {
				async verify(step, signal) {
					if (!isOpen) {
						isOpen = true;
						add(1);
					}

					return sequence.verify(step, signal);
				},
				async end() {
					await sequence.end();
					if (isOpen) {
						isOpen = false;
						add(-1);
					}
				},
			};
		},
	};
}
