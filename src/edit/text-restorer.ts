import type {AnswerText, SourceSpan} from './answer-reader.ts';
import {byteOrderMark, type FileText} from './file-text.ts';
import {type LineEndingRule, lineEndingRule} from './line-endings.ts';

/**
 * Puts back on the answer, as it comes, what the model does not see of a file: its byte order mark and its line
 * endings. Whatever line endings the model writes count as one. Each character is read once.
 */
export class TextRestorer {
	readonly #file: FileText;
	readonly #rule: LineEndingRule;
	/** Of the line that is being written. */
	#line = '';
	/** The last character was a `\r`, which may be half of a line ending. */
	#isReturnHeld = false;
	/** The model has written nothing, so that a byte order mark may follow. */
	#isMarkPossible = true;
	/** No text has come out. */
	#isAtStart = true;
	#text = '';
	#spans: SourceSpan[] = [];

	constructor(file: FileText) {
		this.#file = file;
		this.#rule = lineEndingRule(file);
	}

	/** Spans keep their sources and follow the text. */
	push({text, spans}: AnswerText): AnswerText {
		for (const {start, end, source} of spans) {
			const piece = this.#begin(text.slice(start, end));
			this.#add(this.#restore(piece), source);
		}

		return this.#take();
	}

	/**
	 * The answer is over: what was held back of it and, where it is complete, the ending of the file's last line. An
	 * answer that leaves nothing of a file has no last line.
	 */
	end(isComplete: boolean): AnswerText {
		if (this.#isReturnHeld) {
			this.#add(this.#rule.endingOf(this.#line), 'model');
		}

		const hadLines = this.#file.text !== '' && this.#file.text !== '\n';
		if (isComplete && !(this.#isAtStart && hadLines)) {
			this.#start();
			this.#add(this.#file.finalEnding, 'original');
		}

		return this.#take();
	}

	/** A byte order mark that the model begins with is left out, unless the file goes on with one behind its own. */
	#begin(piece: string): string {
		const isForeign =
			this.#isMarkPossible && piece.startsWith(byteOrderMark) && !this.#file.text.startsWith(byteOrderMark);
		this.#isMarkPossible &&= piece === '';
		const text = isForeign ? piece.slice(byteOrderMark.length) : piece;
		if (text !== '') {
			this.#start();
		}

		return text;
	}

	/** The file's byte order mark stands before the first character. */
	#start(): void {
		if (this.#isAtStart) {
			this.#isAtStart = false;
			this.#add(this.#file.hasByteOrderMark ? byteOrderMark : '', 'original');
		}
	}

	#restore(piece: string): string {
		const text = this.#isReturnHeld ? `\r${piece}` : piece;
		this.#isReturnHeld = text.endsWith('\r');
		const [first, ...more] = (this.#isReturnHeld ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
		this.#line += first;
		let restored = first!;
		for (const line of more) {
			restored += this.#rule.endingOf(this.#line) + line;
			this.#line = line;
		}

		return restored;
	}

	#add(text: string, source: SourceSpan['source']): void {
		if (text === '') {
			return;
		}

		const start = this.#text.length;
		this.#text += text;
		const last = this.#spans.at(-1);
		if (last?.source === source) {
			this.#spans[this.#spans.length - 1] = {...last, end: this.#text.length};
		} else {
			this.#spans.push({start, end: this.#text.length, source});
		}
	}

	#take(): AnswerText {
		const taken = {text: this.#text, spans: this.#spans};
		this.#text = '';
		this.#spans = [];
		return taken;
	}
}
