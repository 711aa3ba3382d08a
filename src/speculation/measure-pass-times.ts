import type {PassTime} from './pass-times.ts';
import type {Verifier, VerifierSequence} from './verifier.ts';

const contextTokens = 256;
const repeats = 2;

/**
 * Measures t(M), the time of a pass over M tokens, on the model itself: a sequence is filled once, then drafts
 * of each size are verified and rolled back. The fastest of a few repeats counts, for others may use the cores.
 *
 * @param maxDraftTokens longest draft to measure
 * @returns one point per power of two up to the limit, and the limit itself
 */
export async function measurePassTimes(
	verifier: Verifier,
	maxDraftTokens: number,
	signal: AbortSignal,
): Promise<PassTime[]> {
	const sequence = verifier.open();
	try {
		await verifyTokens(sequence, 0, contextTokens, signal);
		const points: PassTime[] = [];
		for (const tokens of sizes(maxDraftTokens + 1)) {
			points.push({tokens, ms: await fastest(sequence, tokens, signal)});
		}

		return points;
	} finally {
		await sequence.end();
	}
}

function sizes(largest: number): number[] {
	const powers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096].filter(size => size < largest);
	return [...powers, largest];
}

async function fastest(sequence: VerifierSequence, tokens: number, signal: AbortSignal): Promise<number> {
	let best = Number.POSITIVE_INFINITY;
	for (let repeat = 0; repeat < repeats; repeat++) {
		const {passMs, queueMs} = await verifyTokens(sequence, contextTokens, tokens, signal);
		best = Math.min(best, passMs + queueMs);
	}

	return best;
}

/** The waiting between passes counts too: it is paid once per pass, however long the draft is. */
async function verifyTokens(
	sequence: VerifierSequence,
	keepLength: number,
	tokens: number,
	signal: AbortSignal,
) {
	const draft = Array.from({length: tokens - 1}, (_, i) => i % 100);
	return sequence.verify(
		{keepLength, adoptBranch: 0, prefix: [0], branches: draft.length > 0 ? [draft] : []},
		signal,
	);
}
