import {encodePieces, type PromptPiece, TooManyTokensError} from './prompt-encoder.ts';
import {Tokenizer} from './tokenizer.ts';
import {UnencodableTextError} from './tokenizer-errors.ts';

export interface EncoderTask {
	readonly directory: string;
	readonly pieces: readonly PromptPiece[];
	readonly maxTokens: number;
}

/** Errors lose their class between threads, so the expected ones travel as values. */
export type EncoderResult =
	| {readonly tokens: readonly Int32Array[]}
	| {readonly tooMany: true}
	| {readonly unencodable: string};

const tokenizers = new Map<string, Promise<Tokenizer>>();

/** Runs in a thread of the pool, which keeps its tokenizer. */
export default async function encode({directory, pieces, maxTokens}: EncoderTask): Promise<EncoderResult> {
	const loading = tokenizers.get(directory) ?? Tokenizer.load(directory);
	tokenizers.set(directory, loading);
	const tokenizer = await loading;
	try {
		return {tokens: encodePieces(tokenizer, pieces, maxTokens).map(ids => Int32Array.from(ids))};
	} catch (error) {
		if (error instanceof TooManyTokensError) {
			return {tooMany: true};
		}

		if (error instanceof UnencodableTextError) {
			return {unencodable: error.message};
		}

		throw error;
	}
}
