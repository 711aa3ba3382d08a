import {performance} from 'node:perf_hooks';
import type {EditEnd, EditObservation, MoveReason, ObservedPass} from '../edit-observer.ts';
import type {EditMetrics} from './edit-metrics.ts';

/** Counts one edit. */
export class MeasuredEdit implements EditObservation {
	readonly traceId = undefined;
	readonly #metrics: EditMetrics;
	readonly #begunMs = performance.now();
	#place: 'none' | 'waiting' | 'open' = 'none';
	#isDelivered = false;

	constructor(metrics: EditMetrics) {
		this.#metrics = metrics;
	}

	traceHeaders(): Record<string, string> {
		return {};
	}

	queued(): void {
		this.#takePlace('waiting');
	}

	admitted(): void {
		this.#takePlace('open');
		this.#metrics.queueSeconds.observe(this.#elapsedSeconds());
	}

	started({promptTokens}: {readonly promptTokens: number}): void {
		this.#metrics.promptTokens.inc(promptTokens);
	}

	passBegan(): void {}

	passEnded(pass: ObservedPass): void {
		const {outputTokens, draftTokens, acceptedTokens, drafts, passSeconds, tokensPerPass} = this.#metrics;
		passSeconds.observe((pass.passMs + pass.queueMs) / 1000);
		tokensPerPass.observe(pass.sources.length);
		if (pass.draftSources.length > 0) {
			drafts.inc();
		}

		for (const [source, count] of countEach(pass.sources)) {
			outputTokens.inc({source}, count);
		}

		for (const [source, count] of countEach(pass.draftSources)) {
			draftTokens.inc({source}, count);
		}

		for (const [source, count] of countEach(pass.sources.slice(0, pass.acceptedTokens))) {
			acceptedTokens.inc({source}, count);
		}
	}

	moved(reason: MoveReason): void {
		this.#metrics.moves.inc({reason});
	}

	delivered(): void {
		if (!this.#isDelivered) {
			this.#isDelivered = true;
			this.#metrics.firstDeltaSeconds.observe(this.#elapsedSeconds());
		}
	}

	ended({outcome, refusal}: EditEnd): void {
		this.#takePlace('none');
		this.#metrics.edits.inc({outcome});
		if (outcome !== 'refused') {
			this.#metrics.editSeconds.observe(this.#elapsedSeconds());
		}

		if (refusal !== undefined) {
			this.#metrics.refused.inc({reason: refusal});
		}
	}

	#takePlace(place: 'none' | 'waiting' | 'open'): void {
		const {waitingEdits, openEdits} = this.#metrics;
		waitingEdits.inc(Number(place === 'waiting') - Number(this.#place === 'waiting'));
		openEdits.inc(Number(place === 'open') - Number(this.#place === 'open'));
		this.#place = place;
	}

	#elapsedSeconds(): number {
		return (performance.now() - this.#begunMs) / 1000;
	}
}

function countEach(items: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const item of items) {
		counts.set(item, (counts.get(item) ?? 0) + 1);
	}

	return counts;
}
