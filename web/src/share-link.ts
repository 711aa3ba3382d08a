import type {EditInput} from './edit/edit-messages.ts';
import {type Example, examples} from './examples.ts';

const exampleKey = 'example=';
const editKey = 'edit=';

/** A link that opens the page with the edit in its fields. What stands behind `#` is never sent to a server. */
export async function linkTo(input: EditInput): Promise<string> {
	const example = examples.find(one => isSame(one, input));
	const hash = example ? exampleKey + example.id : editKey + (await pack(input));
	return `${location.origin}${location.pathname}#${hash}`;
}

/** The edit of the link that the page was opened with; undefined where there is none, or none that can be read. */
export async function linkedEdit(): Promise<EditInput | undefined> {
	const hash = location.hash.slice(1);
	if (hash.startsWith(exampleKey)) {
		return examples.find(({id}) => id === hash.slice(exampleKey.length));
	}

	return hash.startsWith(editKey) ? unpack(hash.slice(editKey.length)).catch(() => undefined) : undefined;
}

function isSame(example: Example, {path, original, instruction, update}: EditInput): boolean {
	return (
		example.path === path &&
		example.original === original &&
		example.instruction === instruction &&
		example.update === update
	);
}

async function pack({path, original, instruction, update}: EditInput): Promise<string> {
	const stream = new Blob([JSON.stringify([path, original, instruction, update])]).stream();
	const packed = await new Response(stream.pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
	const binary = Array.from(new Uint8Array(packed), byte => String.fromCharCode(byte)).join('');
	return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

async function unpack(text: string): Promise<EditInput> {
	const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	const bytes = Uint8Array.from(binary, character => character.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
	const fields: unknown = JSON.parse(await new Response(stream).text());
	if (!Array.isArray(fields) || fields.length !== 4 || !fields.every(field => typeof field === 'string')) {
		throw new Error('link: expected four texts, got something else');
	}

	const [path, original, instruction, update] = fields as [string, string, string, string];
	return {path, original, instruction, update};
}
