import {Buffer} from 'node:buffer';
import {Tokenizer as LibraryTokenizer} from '@huggingface/tokenizers';
import {AddedTokenFinder} from './added-tokens.ts';
import {bytesOf, byteToCharacter} from './byte-level.ts';
import {RunMerger} from './run-merger.ts';
import {type AddedToken, readDefinition, type TokenizerDefinition} from './tokenizer-definition.ts';
import {TokenizerLoadError, UnencodableTextError} from './tokenizer-errors.ts';

export {TokenizerLoadError, UnencodableTextError} from './tokenizer-errors.ts';

/** Words longer than this, in bytes, are merged by our own means; the library takes seconds for long ones. */
const longRunBytes = 256;

/** Each holds what careless tokenizers lose: spaces, line endings, unusual characters, text that looks special. */
const probes = [
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
	/** Bytes of the longest token of plain text: no text has fewer tokens than its bytes over this. */
	readonly maxTokenBytes: number;
	/** Jinja source of the model's chat template. */
	readonly chatTemplate: string | undefined;
	readonly bosToken: string | undefined;
	readonly eosToken: string | undefined;
	readonly #library: LibraryTokenizer;
	readonly #definition: TokenizerDefinition;
	readonly #vocabulary: ReadonlyMap<string, number>;
	/** Made at load: its table takes longer than an event loop may be held. */
	readonly #merger: RunMerger;
	readonly #addedIds: ReadonlyMap<string, number>;
	/** Added tokens that user text may hold. */
	readonly #plainTokens: AddedTokenFinder;
	/** Added tokens that a template may hold. */
	readonly #addedTokens: AddedTokenFinder;
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
		this.#definition = definition;
		this.#vocabulary = vocabulary;
		this.#merger = new RunMerger(vocabulary, definition.merges);
		this.#addedIds = new Map(addedTokens.map(({content, id}) => [content, id]));
		this.#plainTokens = new AddedTokenFinder(addedTokens.filter(isPlain));
		this.#addedTokens = new AddedTokenFinder(addedTokens);
		for (const [text, id] of vocabulary) {
			this.#texts[id] = text;
		}

		for (const {content, id} of addedTokens) {
			this.#bytes[id] = Buffer.from(content);
		}

		const plain = addedTokens.filter(isPlain).map(({content}) => Buffer.byteLength(content));
		// Byte-level texts have a character per byte.
		this.maxTokenBytes = [...vocabulary.keys()].reduce(
			(longest, text) => Math.max(longest, text.length),
			Math.max(1, ...plain),
		);

		this.vocabularySize = Math.max(this.#texts.length, this.#bytes.length);
	}

	/**
	 * @param directory with tokenizer.json, tokenizer_config.json and, in newer models, chat_template.jinja
	 * @throws {TokenizerLoadError} a file is missing, or the tokenizer is not byte-level BPE
	 */
	static async load(directory: string): Promise<Tokenizer> {
		const tokenizer = new Tokenizer(await readDefinition(directory));
		for (const probe of probes) {
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

		return this.#encode(text, this.#plainTokens);
	}

	/** Ids of a template's text: the text of special tokens becomes their ids. For trusted text only. */
	encodeTemplate(text: string): number[] {
		return this.#encode(text, this.#addedTokens);
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

	#encode(text: string, added: AddedTokenFinder): number[] {
		const ids: number[] = [];
		let start = 0;
		for (const found of added.find(text)) {
			this.#encodePlain(text.slice(start, found.start), ids);
			ids.push(found.id);
			start = found.end;
		}

		this.#encodePlain(text.slice(start), ids);
		return ids;
	}

	#encodePlain(text: string, ids: number[]): void {
		if (text === '') {
			return;
		}

		let numBytes = 0;
		for (const word of this.#library.pre_tokenizer!.pre_tokenize(text)) {
			for (const id of this.#encodeWord(word)) {
				ids.push(id);
				numBytes += this.#texts[id]!.length;
			}
		}

		// What has no token is left out without a word; the count of bytes shows it.
		if (numBytes !== Buffer.byteLength(text)) {
			throw new UnencodableTextError(this.#describeMissing(text));
		}
	}

	/** @param word in byte-level text: one character per byte */
	#encodeWord(word: string): number[] {
		const isWhole = this.#definition.ignoresMerges && this.#vocabulary.has(word);
		if (word.length > longRunBytes && !isWhole) {
			return this.#merger.merge(word);
		}

		const tokens: string[] = this.#library.model!.encode([word]);
		return tokens.map(token => this.#vocabulary.get(token)).filter(id => id !== undefined);
	}

	#describeMissing(text: string): string {
		const isMissing = (character: string) =>
			Array.from(Buffer.from(character), byte => byteToCharacter[byte]!).some(
				one => !this.#vocabulary.has(one),
			);
		const missing = Array.from(text).find(isMissing);
		const got = missing === undefined ? 'others' : codePoint(missing);
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

function codePoint(character: string): string {
	return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
