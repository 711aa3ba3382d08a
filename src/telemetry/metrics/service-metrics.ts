import {collectDefaultMetrics, Gauge, Registry} from 'prom-client';
import type {EditObserver, RefusalReason, TritonObserver} from '../edit-observer.ts';
import {createEditMetrics} from './edit-metrics.ts';
import {MeasuredEdit} from './measured-edit.ts';

/** The metrics of one service, in a registry of its own. */
export class ServiceMetrics implements EditObserver, TritonObserver {
	readonly #registry = new Registry();
	readonly #edits = createEditMetrics(this.#registry);
	readonly #tritonReady = this.#tritonGauge('triton_ready', '1 where the Triton at this address is ready.');
	readonly #openSequences = this.#tritonGauge('open_sequences', 'Sequences open on the Triton now.');
	readonly #kvTokens = this.#tritonGauge('kv_tokens', "Tokens that the Triton's KV cache holds.");
	readonly #reservedTokens = this.#tritonGauge(
		'kv_tokens_reserved',
		"Tokens of the Triton's KV cache that open edits may take.",
	);

	/** Content type of `text`. */
	get contentType(): string {
		return this.#registry.contentType;
	}

	/** Adds the metrics of the process: memory, CPU time, event loop lag, garbage collection. */
	collectProcessMetrics(): void {
		collectDefaultMetrics({register: this.#registry});
		// Gauges with the name of counters, which Prometheus' linter refuses; their parts stay, by type.
		for (const name of ['handles', 'requests', 'resources']) {
			this.#registry.removeSingleMetric(`nodejs_active_${name}_total`);
		}
	}

	/** The state of all metrics in Prometheus' text format. */
	async text(): Promise<string> {
		return this.#registry.metrics();
	}

	refused(reason: RefusalReason): void {
		this.#edits.refused.inc({reason});
		this.#edits.edits.inc({outcome: 'refused'});
	}

	began(): MeasuredEdit {
		return new MeasuredEdit(this.#edits);
	}

	tritonReady(triton: string, isReady: boolean): void {
		this.#tritonReady.set({triton}, isReady ? 1 : 0);
		this.#openSequences.inc({triton}, 0);
	}

	tritonGone(triton: string): void {
		this.#tritonReady.remove({triton});
		this.#openSequences.remove({triton});
		this.#kvTokens.remove({triton});
		this.#reservedTokens.remove({triton});
	}

	openSequences(triton: string, count: number): void {
		this.#openSequences.set({triton}, count);
	}

	kvTokens(triton: string, reserved: number, total: number): void {
		this.#reservedTokens.set({triton}, reserved);
		this.#kvTokens.set({triton}, total);
	}

	#tritonGauge(name: string, help: string): Gauge<'triton'> {
		return new Gauge({name: `redraft_${name}`, help, labelNames: ['triton'], registers: [this.#registry]});
	}
}
