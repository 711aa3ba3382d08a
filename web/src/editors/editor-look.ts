import {syntaxHighlighting} from '@codemirror/language';
import type {Extension} from '@codemirror/state';
import {EditorView} from '@codemirror/view';
import {classHighlighter} from '@lezer/highlight';

/** The policy of the page lets in style elements with this nonce alone. */
const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

const theme = EditorView.theme({
	'&': {height: '100%', fontSize: 'var(--code-size)', backgroundColor: 'transparent', color: 'var(--ink)'},
	'&.cm-focused': {outline: 'none'},
	'.cm-scroller': {fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto'},
	'.cm-content': {padding: '10px 0', caretColor: 'var(--accent)'},
	'.cm-line': {padding: '0 12px'},
	'.cm-gutters': {backgroundColor: 'var(--panel)', border: 'none', color: 'var(--muted)'},
	'.cm-lineNumbers .cm-gutterElement': {padding: '0 4px 0 12px', minWidth: '2.4em'},
	'.cm-cursor': {borderLeftColor: 'var(--accent)'},
	'&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
		backgroundColor: 'var(--selection)',
	},
	'.cm-placeholder': {color: 'var(--muted)'},
	'.cm-changedLine': {backgroundColor: 'var(--added)'},
	'.cm-deletedChunk': {backgroundColor: 'var(--removed)', padding: '0 12px'},
	'.cm-changedText': {background: 'var(--added-text)'},
	'.cm-deletedChunk .cm-deletedText': {background: 'var(--removed-text)'},
	'.cm-collapsedLines:before, .cm-collapsedLines:after': {content: '"⋯"'},
	'.cm-collapsedLines': {background: 'var(--sunken)', color: 'var(--muted)', padding: '4px 12px'},
});

/** How all editors of the page look; the colours follow the page's. */
export function editorLook(label: string): Extension {
	return [
		theme,
		syntaxHighlighting(classHighlighter),
		EditorView.cspNonce.of(styleNonce),
		EditorView.contentAttributes.of({'aria-label': label, tabindex: '0'}),
	];
}
