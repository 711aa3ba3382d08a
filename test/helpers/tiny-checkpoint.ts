import type {ExecutionContext} from 'ava';
import {byteModelDirectory, byteVocabularySize} from './byte-model.ts';
import {runOracle} from './real-triton.ts';

/** A directory with a byte-level tokenizer and random weights of a family, as a user would bring a model. */
export async function tinyCheckpoint(
	t: Pick<ExecutionContext, 'teardown'>,
	family: 'gpt2' | 'llama' | 'qwen2',
): Promise<string> {
	const directory = await byteModelDirectory(t);
	await runOracle('make_tiny_weights.py', [
		'--family',
		family,
		'--vocabulary',
		String(byteVocabularySize),
		'--output',
		directory,
	]);
	return directory;
}
