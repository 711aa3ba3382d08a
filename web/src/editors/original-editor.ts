import {defaultKeymap, history, historyKeymap} from '@codemirror/commands';
import {Compartment, EditorState} from '@codemirror/state';
import {drawSelection, EditorView, keymap, lineNumbers, placeholder} from '@codemirror/view';
import {editorLook} from './editor-look.ts';
import {languageOf} from './languages.ts';

/** The file to be edited. */
export class OriginalEditor {
	readonly #view: EditorView;
	readonly #language = new Compartment();
	/** The editor knows one kind of line break; the file keeps its own. */
	#lineBreak = '\n';

	constructor(parent: HTMLElement) {
		const extensions = [
			lineNumbers(),
			history(),
			drawSelection(),
			placeholder('Paste the file here'),
			// Tab moves the focus on, as everywhere on the page.
			keymap.of([...historyKeymap, ...defaultKeymap]),
			this.#language.of([]),
			editorLook('File to edit'),
		];
		this.#view = new EditorView({parent, state: EditorState.create({extensions})});
	}

	get text(): string {
		const text = this.#view.state.sliceDoc();
		return this.#lineBreak === '\n' ? text : text.replaceAll('\n', this.#lineBreak);
	}

	show(text: string, path: string): void {
		this.#lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
		this.#view.dispatch({
			changes: {from: 0, to: this.#view.state.doc.length, insert: text},
			effects: this.#language.reconfigure(languageOf(path)),
			selection: {anchor: 0},
			scrollIntoView: true,
		});
	}

	setPath(path: string): void {
		this.#view.dispatch({effects: this.#language.reconfigure(languageOf(path))});
	}
}
