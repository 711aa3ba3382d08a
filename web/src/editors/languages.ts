import {javascript} from '@codemirror/lang-javascript';
import {python} from '@codemirror/lang-python';
import type {Extension} from '@codemirror/state';

/** Highlighting for the languages that are edited most; others are shown plain. */
export function languageOf(path: string): Extension {
	const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
	if (/^[cm]?[jt]sx?$/.test(ending)) {
		return javascript({jsx: ending.endsWith('x'), typescript: ending.includes('t')});
	}

	return /^pyi?$/.test(ending) ? python() : [];
}
