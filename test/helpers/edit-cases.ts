import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ApplyEditRequest} from '../../src/grpc/client.ts';

export interface EditCase {
	readonly name: string;
	readonly request: ApplyEditRequest;
}

interface CaseFile {
	readonly path: string;
	readonly language?: string;
	readonly instruction: string;
	readonly original: string;
	readonly update?: string;
}

const directory = fileURLToPath(new URL('../fixtures/edits', import.meta.url));

/** Every case below `fixtures/edits`, byte for byte. */
export function editCases(): EditCase[] {
	return readdirSync(directory, {withFileTypes: true})
		.filter(entry => entry.isDirectory())
		.map(({name}) => ({name, request: readRequest(path.join(directory, name))}));
}

function readRequest(folder: string): ApplyEditRequest {
	const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
	const {original, update, ...rest} = JSON.parse(read('case.json')) as CaseFile;
	return {...rest, original: read(original), ...(update !== undefined && {update: read(update)})};
}
