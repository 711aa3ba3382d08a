import {Buffer} from 'node:buffer';
import {status} from '@grpc/grpc-js';
import {Tokenizer as LibraryTokenizer} from '@huggingface/tokenizers';
import {bytesOf} from './byte-level.ts';
import {RedraftError} from './errors.ts';
import {
	type AddedToken,
	readDefinition,
	type TokenizerDefinition,
	TokenizerLoadError,
} from './tokenizer-definition.ts';

export {TokenizerLoadError} from './tokenizer-definition.ts';

/**
 * Longest line, in UTF-16 code units, that a request may hold. Merging costs a few microseconds per character of
 * an unbroken run (100,000 letters without a space: about half a second), and blocks the process meanwhile.
 */
export const maxLineCharacters = 100_000;

/** The text has no exact form in this vocabulary. */
export class UnencodableTextError extends RedraftError {
	override readonly name = 'UnencodableTextError';
	readonly code = status.INVALID_ARGUMENT;
}

/** Each holds what careless tokenizers lose: spaces, line endings, unusual characters, text that looks special. */
const PROBES = [
	"def f(x):\r\n\treturn [ x , 'n\\'t' ]  # don't .\n",
	'  leading and trailing  \n\n\n',
	'\uFEFF\u0085\u00A0\u2028 é e\u0301 ﬁ Å 漢字 ก็ 👩‍👩‍👧 ١٢٣ ½',
];

/**
 * Text to token ids and back, exactly: for every well-formed text, `decode(encode(text)) === text`.
 *
 * A normalizer (Qwen: NFC) is left out, because an edit must not change characters that nobody asked to change.
 * Text that is in the normalizer's form already, as nearly all code is, gets the ids of the Python library.
 */
export class Tokenizer {
	/** One more than the largest token id. */
	readonly vocabularySize: number;
	/** Jinja source of the model's chat template. */
	readonly chatTemplate: string | undefined;
	readonly bosToken: string | undefined;
	readonly eosToken: string | undefined;
	readonly #library: LibraryTokenizer;
	readonly #vocabulary: ReadonlyMap<string, number>;
	readonly #addedIds: ReadonlyMap<string, number>;
	/** Added tokens that user text may hold. */
	readonly #plainPattern: RegExp | undefined;
	/** Added tokens that a template may hold. */
	readonly #addedPattern: RegExp | undefined;
	/** Byte-level texts by id. */
	readonly #texts: (string | undefined)[] = [];
	/** What tokens decode to by id; filled in at the first use of each. */
	readonly #bytes: (Uint8Array | undefined)[] = [];

	/** Use `load`. */
	constructor(definition: TokenizerDefinition) {
		const {addedTokens, vocabulary} = definition;
		this.chatTemplate = definition.chatTemplate;
		this.bosToken = definition.bosToken;
		this.eosToken = definition.eosToken;
		this.#library = new LibraryTokenizer(definition.library, {clean_up_tokenization_spaces: false});
		this.#vocabulary = vocabulary;
		this.#addedIds = new Map(addedTokens.map(({content, id}) => [content, id]));
		this.#plainPattern = patternOf(addedTokens.filter(isPlain));
		this.#addedPattern = patternOf(addedTokens);
		for (const [text, id] of vocabulary) {
			this.#texts[id] = text;
		}

		for (const {content, id} of addedTokens) {
			this.#bytes[id] = Buffer.from(content);
		}

		this.vocabularySize = Math.max(this.#texts.length, this.#bytes.length);
	}

	/**
	 * @param directory with tokenizer.json, tokenizer_config.json and, in newer models, chat_template.jinja
	 * @throws {TokenizerLoadError} a file is missing, or the tokenizer is not byte-level BPE
	 */
	static async load(directory: string): Promise<Tokenizer> {
		const tokenizer = new Tokenizer(await readDefinition(directory));
		for (const probe of PROBES) {
			const decoded = tokenizer.decode(tokenizer.encode(probe));
			if (decoded !== probe) {
				const [expected, got] = [probe, decoded].map(text => JSON.stringify(text));
				throw new TokenizerLoadError(`${directory}: expected a tokenizer that keeps ${expected}, got ${got}`);
			}
		}

		return tokenizer;
	}

	/**
	 * Ids of a user's text. The literal text of a special token stays text; no BOS or EOS is added.
	 * @throws {UnencodableTextError} the text holds a lone surrogate or a byte that the vocabulary lacks
	 */
	encode(text: string): number[] {
		const lone = /\p{Surrogate}/u.exec(text);
		if (lone) {
			throw new UnencodableTextError(
				`text: expected well-formed Unicode, got the lone surrogate ${codePoint(lone[0])} at offset ${lone.index}`,
			);
		}

		return this.#encode(text, this.#plainPattern);
	}

	/** Ids of a template's text: the text of special tokens becomes their ids. For trusted text only. */
	encodeTemplate(text: string): number[] {
		return this.#encode(text, this.#addedPattern);
	}

	/** @throws {RangeError} an id is not in the vocabulary */
	decode(ids: readonly number[]): string {
		const bytes = Buffer.concat(ids.map(id => this.tokenBytes(id)));
		return new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes);
	}

	/**
	 * The UTF-8 bytes of one token, which may be part of a character.
	 * @throws {RangeError} the id is not in the vocabulary
	 */
	tokenBytes(id: number): Uint8Array {
		const known = this.#bytes[id];
		if (known) {
			return known;
		}

		const text = this.#texts[id];
		if (text === undefined) {
			throw new RangeError(`token id: expected one of the tokenizer's ${this.vocabularySize}, got ${id}`);
		}

		const bytes = bytesOf(text) ?? Buffer.from(text);
		this.#bytes[id] = bytes;
		return bytes;
	}

	/** Id of a special or other added token by its text, such as `<|im_end|>`. */
	tokenId(text: string): number | undefined {
		return this.#addedIds.get(text);
	}

	#encode(text: string, pattern: RegExp | undefined): number[] {
		const ids: number[] = [];
		let start = 0;
		for (const match of pattern ? text.matchAll(pattern) : []) {
			this.#encodePlain(text.slice(start, match.index), ids);
			ids.push((this.#addedIds.get(match[0]) ?? this.#addedIds.get(match[0].trim()))!);
			start = match.index + match[0].length;
		}

		this.#encodePlain(text.slice(start), ids);
		return ids;
	}

	#encodePlain(text: string, ids: number[]): void {
		if (text === '') {
			return;
		}

		// The library leaves out what has no token; the count of bytes shows it.
		let missing = Buffer.byteLength(text);
		const words = this.#library.pre_tokenizer!.pre_tokenize(text);
		for (const token of this.#library.model!.encode(words)) {
			const id = this.#vocabulary.get(token);
			if (id !== undefined) {
				ids.push(id);
				missing -= token.length;
			}
		}

		if (missing !== 0) {
			throw new UnencodableTextError(this.#describeMissing(text));
		}
	}

	#describeMissing(text: string): string {
		const character = Array.from(text).find(
			one => this.#library.model!.encode(this.#library.pre_tokenizer!.pre_tokenize(one)).length === 0,
		);
		const got = character === undefined ? 'others' : codePoint(character);
		return `text: expected characters that the model's vocabulary can write, got ${got}`;
	}
}

/**
 * Vocabularies were widened with plain text in places: single letters (DeepSeek-Coder) and runs of spaces. The
 * model saw them as such tokens, so user text keeps them; any other added token is markup, not to be forged.
 */
function isPlain({special, content, lstrip, rstrip, single_word}: AddedToken): boolean {
	const isText = Array.from(content).length === 1 || /^\s+$/.test(content);
	return !special && isText && !lstrip && !rstrip && !single_word;
}

/** Matches the longest of several tokens at the leftmost place, with the white space that some take along. */
function patternOf(tokens: readonly AddedToken[]): RegExp | undefined {
	const sources = tokens
		.toSorted((a, b) => b.content.length - a.content.length)
		.map(({content, lstrip, rstrip}) => {
			const literal = content.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
			return `${lstrip ? '\\s*' : ''}${literal}${rstrip ? '\\s*' : ''}`;
		});
	return sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'gu');
}

function codePoint(character: string): string {
	return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
