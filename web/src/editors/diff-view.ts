import {unifiedMergeView} from '@codemirror/merge';
import {EditorState} from '@codemirror/state';
import {EditorView, lineNumbers} from '@codemirror/view';
import {editorLook} from './editor-look.ts';
import {languageOf} from './languages.ts';

/** Lines around a change that stay in sight. */
const margin = 3;

/** What an edit changed: deleted lines above those that took their place, unchanged stretches folded. */
export class DiffView {
	readonly #parent: HTMLElement;
	#view: EditorView | undefined;

	constructor(parent: HTMLElement) {
		this.#parent = parent;
	}

	show(original: string, edited: string, path: string): void {
		this.#view?.destroy();
		const extensions = [
			lineNumbers(),
			EditorState.readOnly.of(true),
			languageOf(path),
			unifiedMergeView({
				original,
				mergeControls: false,
				collapseUnchanged: {margin, minSize: 8},
				diffConfig: {scanLimit: 5000},
			}),
			editorLook('Changes'),
		];
		this.#view = new EditorView({parent: this.#parent, state: EditorState.create({doc: edited, extensions})});
	}
}
