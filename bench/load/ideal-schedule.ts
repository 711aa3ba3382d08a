export interface Passes {
	/** Most tokens of one pass. */
	readonly maxTokens: number;
	/** Time of a pass over so many tokens. */
	readonly ms: (tokens: number) => number;
}

/**
 * When each of the prompts that arrive together would be read if nothing took time but the passes: the shortest
 * first, passes filled to their end, and each answered after its own last pass.
 * @returns one time per prompt, in their order
 */
export function idealReadMs(promptTokens: readonly number[], {maxTokens, ms}: Passes): number[] {
	const shortestFirst = [...promptTokens.keys()].sort(
		(left, right) => promptTokens[left]! - promptTokens[right]!,
	);
	const numTokens = promptTokens.reduce((sum, tokens) => sum + tokens, 0);
	const fullMs = ms(maxTokens);
	const readMs = Array<number>(promptTokens.length).fill(0);
	let end = 0;
	for (const prompt of shortestFirst) {
		end += promptTokens[prompt]!;
		const numFull = Math.ceil(end / maxTokens) - 1;
		// The pass that holds the prompt's end holds others' tokens too, as many as there are.
		const lastTokens = Math.min(maxTokens, numTokens - numFull * maxTokens);
		readMs[prompt] = numFull * fullMs + ms(lastTokens);
	}

	return readMs;
}
