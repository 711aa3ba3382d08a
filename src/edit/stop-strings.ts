import type {ContentReader} from './answer-reader.ts';
import type {FencedText} from './fence.ts';

/** Ends the content before the stop string that is complete first, piece by piece. What may become one is held back. */
export class StopStrings implements ContentReader {
	readonly #stops: readonly string[];
	/** The longest end of the text so far that a stop string begins with. */
	#held = '';
	#isClosed = false;

	/** @param stops none of them empty */
	constructor(stops: readonly string[]) {
		this.#stops = stops;
	}

	/** Pieces after the one that completed a stop string are ignored. */
	push(piece: string): FencedText {
		if (this.#isClosed) {
			return {text: '', closed: true};
		}

		const text = this.#held + piece;
		const start = this.#startOfFirst(text);
		this.#isClosed = start !== undefined;
		const end = start ?? text.length - this.#unsureLength(text);
		this.#held = this.#isClosed ? '' : text.slice(end);
		return {text: text.slice(0, end), closed: this.#isClosed};
	}

	end(): FencedText {
		const text = this.#held;
		this.#held = '';
		return {text, closed: this.#isClosed};
	}

	cut(): FencedText {
		return this.end();
	}

	/** Where the stop string begins that is complete first; of several that end together, the longest. */
	#startOfFirst(text: string): number | undefined {
		const found = this.#stops
			.map(stop => ({start: text.indexOf(stop), length: stop.length}))
			.filter(({start}) => start !== -1)
			.sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
		return found[0]?.start;
	}

	#unsureLength(text: string): number {
		const lengths = this.#stops.map(stop => {
			let length = Math.min(stop.length - 1, text.length);
			while (length > 0 && !text.endsWith(stop.slice(0, length))) {
				length--;
			}

			return length;
		});
		return Math.max(0, ...lengths);
	}
}
