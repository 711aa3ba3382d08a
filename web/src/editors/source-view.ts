import {EditorState, type Range, RangeSet, StateEffect, StateField} from '@codemirror/state';
import {Decoration, type DecorationSet, EditorView, lineNumbers} from '@codemirror/view';
import type {SourceSpan, TokenSource} from '../edit/edit-messages.ts';
import {editorLook} from './editor-look.ts';
import {languageOf} from './languages.ts';

const marks: Readonly<Record<TokenSource, Decoration>> = {
	original: Decoration.mark({class: 'source-original'}),
	update: Decoration.mark({class: 'source-update'}),
	context: Decoration.mark({class: 'source-context'}),
	model: Decoration.mark({class: 'source-model'}),
};

const addSpans = StateEffect.define<readonly SourceSpan[]>();

const sources = StateField.define<DecorationSet>({
	create: () => RangeSet.empty,
	update(set, transaction) {
		const add: Range<Decoration>[] = transaction.effects
			.filter(effect => effect.is(addSpans))
			.flatMap(effect => effect.value)
			.filter(({start, end}) => end > start)
			.map(({start, end, source}) => marks[source].range(start, end));
		return set.map(transaction.changes).update({add});
	},
	provide: field => EditorView.decorations.from(field),
});

/** An answer as it arrives, each text in the colour of its source. Only the lines in sight are in the document. */
export class SourceView {
	readonly #view: EditorView;
	/** Until the reader scrolls away from the end. */
	#isFollowing = true;

	constructor(parent: HTMLElement, path: string, label: string) {
		const extensions = [
			lineNumbers(),
			EditorState.readOnly.of(true),
			sources,
			languageOf(path),
			editorLook(label),
		];
		// Line breaks as they came: offsets are those of the text.
		const state = EditorState.create({extensions: [EditorState.lineSeparator.of('\n'), extensions]});
		this.#view = new EditorView({parent, state});
		this.#view.scrollDOM.addEventListener('wheel', () => this.#noteScroll(), {passive: true});
		this.#view.scrollDOM.addEventListener('touchmove', () => this.#noteScroll(), {passive: true});
	}

	/** Brings the view up to a text that only ever grows. */
	append(text: string, spans: readonly SourceSpan[]): void {
		const {length} = this.#view.state.doc;
		if (text.length === length && spans.length === 0) {
			return;
		}

		this.#view.dispatch({changes: {from: length, insert: text.slice(length)}, effects: addSpans.of(spans)});
		this.follow();
	}

	/** Brings the end into sight, unless the reader has scrolled away from it. */
	follow(): void {
		if (this.#isFollowing) {
			const {doc} = this.#view.state;
			// Its start: the end may lie far to the right.
			const {from} = doc.line(doc.lines);
			this.#view.dispatch({effects: EditorView.scrollIntoView(from, {y: 'end'})});
		}
	}

	destroy(): void {
		this.#view.destroy();
	}

	#noteScroll(): void {
		requestAnimationFrame(() => {
			const {scrollTop, scrollHeight, clientHeight} = this.#view.scrollDOM;
			this.#isFollowing = scrollHeight - scrollTop - clientHeight < 40;
		});
	}
}
