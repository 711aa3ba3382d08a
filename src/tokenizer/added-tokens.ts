import type {AddedToken} from './tokenizer-definition.ts';

/** An added token in a text, with the white space that it takes along: half-open, in UTF-16 code units. */
export interface FoundToken {
	readonly start: number;
	readonly end: number;
	readonly id: number;
}

/** Finds added tokens in a text: at each place the longest, from left to right. */
export class AddedTokenFinder {
	/** Longest first, by the code unit that they begin with. */
	readonly #tokens = new Map<number, AddedToken[]>();

	constructor(tokens: readonly AddedToken[]) {
		for (const token of tokens.toSorted((a, b) => b.content.length - a.content.length)) {
			const first = token.content.charCodeAt(0);
			const others = this.#tokens.get(first);
			if (others) {
				others.push(token);
			} else {
				this.#tokens.set(first, [token]);
			}
		}
	}

	*find(text: string): Generator<FoundToken, void> {
		if (this.#tokens.size === 0) {
			return;
		}

		let from = 0;
		for (let at = 0; at < text.length; at++) {
			const token = this.#tokens.get(text.charCodeAt(at))?.find(({content}) => text.startsWith(content, at));
			if (token) {
				const end = at + token.content.length;
				const found = {
					start: token.lstrip ? skipBlanks(text, at, -1, from) : at,
					end: token.rstrip ? skipBlanks(text, end, 1, text.length) : end,
					id: token.id,
				};
				yield found;
				from = found.end;
				at = found.end - 1;
			}
		}
	}
}

/** From `at` over white space in one direction, to `limit` at most. */
function skipBlanks(text: string, at: number, step: 1 | -1, limit: number): number {
	let end = at;
	while (end !== limit && /\s/.test(text[step === 1 ? end : end - 1]!)) {
		end += step;
	}

	return end;
}
