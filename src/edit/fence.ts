const minFenceLength = 3;

/** Backticks, one more than the longest run in any of the texts and at least three. */
export function fenceFor(texts: readonly string[]): string {
	let longest = 0;
	for (const text of texts) {
		for (const [run] of text.matchAll(/`+/g)) {
			longest = Math.max(longest, run.length);
		}
	}

	return '`'.repeat(Math.max(minFenceLength, longest + 1));
}

export interface FencedText {
	/** Content that is certain now. */
	readonly text: string;
	/** The closing fence is complete; nothing that follows is content. */
	readonly closed: boolean;
}

/**
 * Reads the content of a code block whose opening line has been read, piece by piece.
 *
 * The content ends before a line break and a line of nothing but the fence, blanks allowed behind it, which is
 * complete at its own line break or at the end of the output. A line break is \n or \r\n. As in CommonMark a
 * longer run of backticks closes too; unlike there, an indented one does not. A fence on the very first line
 * closes an empty content. The fence followed by other text, such as "```bash", is content.
 */
export class FenceReader {
	readonly #closing: RegExp;
	readonly #closingAtEnd: RegExp;
	/** What may still become the closing line: its start, or a line break before it. */
	readonly #unsure: RegExp;
	#held = '';
	#isAtStart = true;
	#isClosed = false;

	constructor(fence: string) {
		const line = `\`{${fence.length},}[ \\t]*`;
		this.#closing = new RegExp(`(?:^|\\r?\\n)${line}\\r?\\n`);
		this.#closingAtEnd = new RegExp(`^(?:\\r?\\n)?${line}\\r?$`);
		this.#unsure = new RegExp(`(?:^|\\r?\\n)(?:\`*|${line}\\r?)$|\\r$`);
	}

	/** Pieces after the one that closed the fence are ignored. */
	push(piece: string): FencedText {
		if (this.#isClosed) {
			return {text: '', closed: true};
		}

		// A character that can't occur in a fence line keeps ^ for the start of the content alone.
		const guard = this.#isAtStart ? '' : '\0';
		const text = guard + this.#held + piece;
		const closing = this.#closing.exec(text);
		const end = closing?.index ?? this.#unsure.exec(text)?.index ?? text.length;
		this.#isClosed = closing !== null;
		this.#held = this.#isClosed ? '' : text.slice(Math.max(end, guard.length));
		this.#isAtStart &&= end === 0;
		return {text: text.slice(guard.length, end), closed: this.#isClosed};
	}

	/** The output is over: a closing line needs no line break any more, and what was held back else is content. */
	end(): FencedText {
		const held = this.#held;
		this.#held = '';
		const isClosing = !this.#isClosed && this.#isFenceLine(held);
		this.#isClosed ||= isClosing;
		return {text: isClosing ? '' : held, closed: this.#isClosed};
	}

	#isFenceLine(held: string): boolean {
		return this.#closingAtEnd.test(held) && (this.#isAtStart || /^\r?\n/.test(held));
	}
}
