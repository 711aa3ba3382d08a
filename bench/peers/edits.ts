import {readFile} from 'node:fs/promises';
import type {ApplyEditRequest} from '../../src/grpc/client.ts';
import type {LoadedModel} from '../../src/model/loaded-model.ts';
import {firstStep} from '../first-step.ts';

/** An edit as Redraft is asked for it, and as the prompt that it makes of it. */
export interface PeerEdit {
	readonly request: ApplyEditRequest;
	readonly prompt: readonly number[];
}

const edits = [
	{file: 'settings.py', language: 'python', instruction: 'Change `DEFAULT_RETRIES` to 5.'},
	{
		file: 'text-helpers.ts',
		language: 'typescript',
		instruction: 'Rename the function `countWords` to `countEachWord`.',
	},
	{file: 'job-queue.ts', language: 'typescript', instruction: '', update: 'job-queue.update.ts'},
] as const;

/** The first of the bench's edits; the files grow. */
export async function peerEdits(model: LoadedModel, numEdits: number): Promise<PeerEdit[]> {
	return Promise.all(
		edits.slice(0, numEdits).map(async ({file, language, instruction, ...edit}) => {
			const request = {
				original: await exampleFile(file),
				instruction,
				language,
				...('update' in edit && {update: await exampleFile(edit.update)}),
			};
			return {request, prompt: (await firstStep(request, model)).prefix};
		}),
	);
}

const exampleFile = (name: string) =>
	readFile(new URL(`../../examples/files/${name}`, import.meta.url), 'utf8');
