import type {Sliced} from '../slices.ts';
import type {TokenText} from '../token-text.ts';
import type {Tuning} from '../tuning.ts';

/** Earlier places looked at for one match, and the longest match told apart. */
const maxPlaces = 256;
const maxLength = 32;
/** Tokens of the prompt read at a stretch. */
const tokensPerSlice = 4096;
/** A match of token kinds only counts as less than one token. */
const shapeLength = 0.5;

/** An earlier place of the history whose last tokens are those of its end. */
export interface ContextMatch {
	/** Index in the history of the token that came next there. */
	readonly at: number;
	readonly token: number;
	/** Matching tokens before it. */
	readonly length: number;
	/** Chance that the same token comes next here; all matches together are below one. */
	readonly chance: number;
}

/**
 * Prompt and output, searched for the longest match of what was written last. The latest of several equally long
 * matches wins.
 */
export class ContextModel {
	readonly #tokenText: TokenText;
	readonly #tuning: Tuning;
	#tokens: Int32Array = new Int32Array(1024);
	/** Kind of each token. */
	#shapes: Int32Array = new Int32Array(1024);
	#length = 0;
	/** Per index the index before which the same token, or a token of the same kind, stood last; -1 for none. */
	readonly #exact = new Chains();
	readonly #shaped = new Chains();
	#matches: readonly ContextMatch[] | undefined;

	constructor(tokenText: TokenText, tuning: Tuning) {
		this.#tokenText = tokenText;
		this.#tuning = tuning;
	}

	static *read(prompt: readonly number[], tokenText: TokenText, tuning: Tuning): Sliced<ContextModel> {
		const context = new ContextModel(tokenText, tuning);
		for (const [index, token] of prompt.entries()) {
			context.push(token);
			if (index % tokensPerSlice === 0) {
				yield;
			}
		}
		return context;
	}

	get length(): number {
		return this.#length;
	}

	/** Token at `index`, counted from the start of the prompt. */
	at(index: number): number {
		return this.#tokens[index]!;
	}

	slice(start: number, end: number): Int32Array {
		return this.#tokens.subarray(start, end);
	}

	push(token: number): void {
		if (this.#length > 0) {
			this.#exact.note(this.#tokens[this.#length - 1]!, this.#length);
			this.#shaped.note(this.#shapes[this.#length - 1]!, this.#length);
		}
		this.#tokens = withRoom(this.#tokens, this.#length);
		this.#shapes = withRoom(this.#shapes, this.#length);
		this.#tokens[this.#length] = token;
		this.#shapes[this.#length++] = this.#tokenText.shape(token);
		this.#matches = undefined;
	}

	/** The longest matches with distinct next tokens, longest first. */
	matches(): readonly ContextMatch[] {
		this.#matches ??= this.#search();
		return this.#matches;
	}

	/** Chance that `token` comes next, were it written from context. */
	chanceOf(token: number): number {
		let rest = 1;
		for (const match of this.matches()) {
			if (match.token === token) {
				return match.chance;
			}
			rest -= match.chance;
		}
		return rest / this.#tuning.numOtherTokens;
	}

	/** Chance that what followed a match of `length` tokens comes next again. */
	chanceOfMatch(length: number): number {
		return length / (length + this.#tuning.contextDoubt);
	}

	/** How many of the tokens before `at` are those of the end; up to 32. */
	agreementAt(at: number): number {
		return agreement(this.#tokens, at, this.#length);
	}

	#search(): readonly ContextMatch[] {
		if (this.#length === 0) {
			return [];
		}
		const found = new Map<number, {at: number; length: number}>();
		const last = this.#tokens[this.#length - 1]!;
		let at = this.#exact.last(last);
		for (let looked = 0; at !== -1 && looked < maxPlaces; looked++, at = this.#exact.before(at)) {
			const length = agreement(this.#tokens, at, this.#length);
			const token = this.#tokens[at]!;
			if (length > (found.get(token)?.length ?? 0)) {
				found.set(token, {at, length});
			}
		}
		if (found.size === 0) {
			return this.#searchShapes();
		}
		return this.#rank(
			[...found.values()].sort((left, right) => right.length - left.length || right.at - left.at),
		);
	}

	/** The last token is new here: what followed tokens of its kind after the most similar run of kinds? */
	#searchShapes(): readonly ContextMatch[] {
		let best = {at: -1, length: 0};
		let at = this.#shaped.last(this.#shapes[this.#length - 1]!);
		for (let looked = 0; at !== -1 && looked < maxPlaces; looked++, at = this.#shaped.before(at)) {
			const length = agreement(this.#shapes, at, this.#length);
			if (length > best.length) {
				best = {at, length};
			}
		}
		return best.at === -1 ? [] : this.#rank([{at: best.at, length: shapeLength}]);
	}

	#rank(places: readonly {at: number; length: number}[]): ContextMatch[] {
		let rest = 1;
		return places.slice(0, 4).map(({at, length}) => {
			const chance = rest * this.chanceOfMatch(length);
			rest -= chance;
			return {at, token: this.#tokens[at]!, length, chance};
		});
	}
}

/** How many of the values before `at` are those before `end`. */
function agreement(values: Int32Array, at: number, end: number): number {
	const limit = Math.min(maxLength, at);
	let length = 0;
	while (length < limit && values[at - 1 - length] === values[end - 1 - length]) {
		length++;
	}
	return length;
}

/** The buffer, or one twice as long where `length` values fill it. */
function withRoom(values: Int32Array, length: number): Int32Array {
	if (length < values.length) {
		return values;
	}
	const grown = new Int32Array(length * 2);
	grown.set(values);
	return grown;
}

/** Indices by the key before them, linked from the latest to the earliest. */
class Chains {
	readonly #last = new Map<number, number>();
	#before: Int32Array = new Int32Array(1024);

	note(key: number, index: number): void {
		this.#before = withRoom(this.#before, index);
		this.#before[index] = this.#last.get(key) ?? -1;
		this.#last.set(key, index);
	}

	last(key: number): number {
		return this.#last.get(key) ?? -1;
	}

	before(index: number): number {
		return this.#before[index]!;
	}
}
