import type {Vocabulary} from '../../src/draft/vocabulary.ts';

/** One token per word, with the space before it, per mark and per line break; ids in the order of first sight. */
export class WordVocabulary implements Vocabulary {
	readonly endToken = 0;
	/** Characters encoded so far: what drafting costs beside table look-ups. */
	numEncoded = 0;
	readonly #ids = new Map<string, number>([['<end>', 0]]);
	readonly #words = ['<end>'];

	get size(): number {
		return this.#words.length;
	}

	encode(text: string): number[] {
		this.numEncoded += text.length;
		return (text.match(/\n| ?\w+|\s|[^\w\s]/g) ?? []).map(word => this.idOf(word));
	}

	decode(tokens: readonly number[]): string {
		return tokens.map(token => this.#words[token]).join('');
	}

	/** Id of a piece of text that becomes one token, whatever the rule says. */
	idOf(word: string): number {
		let id = this.#ids.get(word);
		if (id === undefined) {
			id = this.#words.length;
			this.#ids.set(word, id);
			this.#words.push(word);
		}
		return id;
	}
}
