/** What opens and what closes a comment; the closer is empty where the line's end closes it. */
interface CommentForm {
	readonly open: string;
	readonly close: string;
	/** The opener begins other things too: strings, lists, operators. */
	readonly isWeak?: true;
}

/** Of every language at once: an update need not keep to the syntax of its file. */
const forms: readonly CommentForm[] = [
	...list('{{!-- --}}', '{{-- --}}', '{{/* */}}', '{{! }}', '{# #}', '@* *@'),
	...list('<%-- --%>', '<%# %>', '<#-- -->', '<!-- -->', '<# #>'),
	...list('--[[ ]]', '(* *)', '{- -}', '#| |#', '#= =#', '/+ +/', '/* */'),
	...list('// ', '# ', '-- ', '; ', '% ', 'REM ', 'dnl ', ':: '),
	...list('* */', '! ', '" ', "' ", '""" """', "''' '''").map(form => ({...form, isWeak: true as const})),
].sort((left, right) => right.open.length - left.open.length);

function list(...pairs: string[]): CommentForm[] {
	return pairs.map(pair => {
		const [open, close] = pair.split(' ') as [string, string];
		return {open, close};
	});
}

export interface Comment {
	/** Text between opener and closer, trimmed. */
	readonly text: string;
	readonly opener: string;
	readonly isWeak: boolean;
}

/** The comment that a line consists of; undefined where the line is something else. */
export function commentOf(line: string): Comment | undefined {
	const bare = unbraced(line.trim());
	const form = forms.find(({open}) => bare.slice(0, open.length).toUpperCase() === open.toUpperCase());
	if (!form || (/^[a-z]/i.test(form.open) && /^\w/.test(bare.slice(form.open.length)))) {
		return undefined;
	}
	const text = withoutCloser(withoutRun(bare, form.open), form.close).trim();
	const isString = form.isWeak && form.open !== '*' && text.includes(form.open);
	return isString ? undefined : {text, opener: form.open, isWeak: form.isWeak ?? false};
}

/** JSX has its comments in braces. */
function unbraced(text: string): string {
	const inside = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1).trim() : '';
	return inside.startsWith('/*') ? inside : text;
}

/** Openers grow: `///`, `/**`, `####`. */
function withoutRun(text: string, opener: string): string {
	let start = opener.length;
	while (start < text.length && text[start] === opener.at(-1)) {
		start++;
	}
	return text.slice(start);
}

function withoutCloser(text: string, closer: string): string {
	if (closer === '' || !text.endsWith(closer)) {
		return text;
	}
	let end = text.length - closer.length;
	while (end > 0 && text[end - 1] === closer[0]) {
		end--;
	}
	return text.slice(0, end);
}
