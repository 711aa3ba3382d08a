const minFenceLength = 3;

/** Length of the longest run of backticks in a text. */
export function longestBacktickRun(text: string): number {
	let longest = 0;
	for (const [run] of text.matchAll(/`+/g)) {
		longest = Math.max(longest, run.length);
	}

	return longest;
}

/** Backticks, one more than the longest run in any of the texts and at least three. */
export function fenceFor(texts: readonly string[]): string {
	const longest = Math.max(0, ...texts.map(longestBacktickRun));
	return '`'.repeat(Math.max(minFenceLength, longest + 1));
}

export interface FencedText {
	/** Content that is certain now. */
	readonly text: string;
	/** The closing fence is complete; nothing that follows is content. */
	readonly closed: boolean;
}

/**
 * Where the reader stands: inside a line of content, behind a `\r` that may begin a line break, at the start of a
 * line, or in what may be the closing line (its backticks, the blanks behind them, a `\r` that may end it).
 */
type Place = 'inside' | 'behind-return' | 'line-start' | 'fence' | 'blanks' | 'closing-return';

/**
 * Reads the content of a code block whose opening line has been read, piece by piece, each character once.
 *
 * The content ends before a line break and a line of nothing but the fence, blanks allowed behind it, which is
 * complete at its own line break or at the end of the output. A line break is \n or \r\n. As in CommonMark a
 * longer run of backticks closes too; unlike there, an indented one does not. A fence on the very first line
 * closes an empty content. The fence followed by other text, such as "```bash", is content.
 */
export class FenceReader {
	readonly #fenceLength: number;
	#place: Place = 'line-start';
	#numBackticks = 0;
	/** What may still become the closing line: its start, or a line break before it. */
	#held = '';
	/** Content of the piece that is being read. */
	#text = '';
	#isClosed = false;

	constructor(fence: string) {
		this.#fenceLength = fence.length;
	}

	/** Pieces after the one that closed the fence are ignored. */
	push(piece: string): FencedText {
		this.#text = '';
		for (let index = 0; index < piece.length && !this.#isClosed; index++) {
			this.#read(piece[index]!);
		}

		return {text: this.#text, closed: this.#isClosed};
	}

	/** The output is over: a closing line needs no line break any more, and what was held back else is content. */
	end(): FencedText {
		this.#text = '';
		if (this.#isClosingLine() || this.#place === 'closing-return') {
			this.#isClosed = true;
		} else {
			this.#release();
		}

		return {text: this.#text, closed: this.#isClosed};
	}

	/** The output was cut short: whether what was held back is content would show only later. */
	cut(): FencedText {
		return {text: '', closed: this.#isClosed};
	}

	#read(character: string): void {
		if (character === '\n') {
			this.#breakLine();
		} else if (character === '\r') {
			this.#return();
		} else if (character === '`' && (this.#place === 'line-start' || this.#place === 'fence')) {
			this.#place = 'fence';
			this.#numBackticks += 1;
			this.#held += character;
		} else if ((character === ' ' || character === '\t') && this.#isClosingLine()) {
			this.#place = 'blanks';
			this.#held += character;
		} else {
			this.#release();
			this.#place = 'inside';
			this.#text += character;
		}
	}

	#breakLine(): void {
		if (this.#isClosingLine() || this.#place === 'closing-return') {
			this.#isClosed = true;
			this.#held = '';
			return;
		}

		const lineBreak = this.#place === 'behind-return' ? '\r\n' : '\n';
		if (this.#place === 'behind-return') {
			this.#held = '';
		}

		this.#release();
		this.#place = 'line-start';
		this.#held = lineBreak;
	}

	#return(): void {
		if (this.#isClosingLine()) {
			this.#place = 'closing-return';
			this.#held += '\r';
			return;
		}

		this.#release();
		this.#place = 'behind-return';
		this.#held = '\r';
	}

	/** So far the line holds nothing but the fence and blanks. */
	#isClosingLine(): boolean {
		return this.#place === 'blanks' || (this.#place === 'fence' && this.#numBackticks >= this.#fenceLength);
	}

	/** What was held back is content. */
	#release(): void {
		this.#text += this.#held;
		this.#held = '';
		this.#numBackticks = 0;
	}
}
