import {
	defaultTextMapGetter,
	defaultTextMapSetter,
	ROOT_CONTEXT,
	type Span,
	SpanKind,
	SpanStatusCode,
	type TextMapPropagator,
	type Tracer,
	trace,
} from '@opentelemetry/api';
import type {
	EditEnd,
	EditObservation,
	EditObserver,
	EditOrigin,
	MoveReason,
	ObservedPass,
} from '../edit-observer.ts';
import type {TraceHeaders} from '../edit-scope.ts';

/** Writes the spans of edits: `edit`, below it `queue`, `prefill` and one `pass` for each pass after it. */
export class EditTracer implements EditObserver {
	readonly #tracer: Tracer;
	readonly #propagator: TextMapPropagator;

	constructor(tracer: Tracer, propagator: TextMapPropagator) {
		this.#tracer = tracer;
		this.#propagator = propagator;
	}

	refused(): void {}

	began({editId, traceHeaders}: EditOrigin): EditObservation {
		const parent = this.#propagator.extract(ROOT_CONTEXT, traceHeaders, defaultTextMapGetter);
		const attributes = {'redraft.edit_id': editId};
		const span = this.#tracer.startSpan('edit', {kind: SpanKind.SERVER, attributes}, parent);
		return new TracedEdit(this.#tracer, this.#propagator, span);
	}
}

class TracedEdit implements EditObservation {
	readonly traceId: string;
	readonly #tracer: Tracer;
	readonly #propagator: TextMapPropagator;
	readonly #edit: Span;
	/** At most one span below the edit's is open at a time. */
	#step: Span | undefined;
	#numPasses = 0;

	constructor(tracer: Tracer, propagator: TextMapPropagator, edit: Span) {
		this.#tracer = tracer;
		this.#propagator = propagator;
		this.#edit = edit;
		this.traceId = edit.spanContext().traceId;
	}

	traceHeaders(): TraceHeaders {
		const headers: Record<string, string> = {};
		const active = trace.setSpan(ROOT_CONTEXT, this.#step ?? this.#edit);
		this.#propagator.inject(active, headers, defaultTextMapSetter);
		return headers;
	}

	queued(): void {
		this.#begin('queue');
	}

	admitted(): void {
		this.#endStep();
	}

	started({model, promptTokens}: {readonly model: string; readonly promptTokens: number}): void {
		this.#edit.setAttributes({'gen_ai.request.model': model, 'gen_ai.usage.input_tokens': promptTokens});
	}

	passBegan(): void {
		this.#begin(this.#numPasses === 0 ? 'prefill' : 'pass');
		this.#numPasses += 1;
	}

	passEnded(pass: ObservedPass): void {
		this.#step?.setAttributes({
			'redraft.output_tokens': pass.sources.length,
			'redraft.draft_tokens': pass.draftSources.length,
			'redraft.accepted_tokens': pass.acceptedTokens,
			'redraft.pass_ms': pass.passMs,
			'redraft.queue_ms': pass.queueMs,
		});
		this.#endStep();
	}

	moved(reason: MoveReason): void {
		this.#edit.addEvent('moved', {'redraft.move_reason': reason});
	}

	delivered(): void {}

	ended({outcome, refusal, errorName}: EditEnd): void {
		this.#endStep();
		this.#edit.setAttributes({'redraft.outcome': outcome, 'redraft.passes': this.#numPasses});
		if (refusal !== undefined) {
			this.#edit.setAttribute('redraft.refusal', refusal);
		}

		if (outcome === 'failed') {
			this.#edit.setAttribute('error.type', errorName ?? 'unknown');
			this.#edit.setStatus({code: SpanStatusCode.ERROR});
		}

		this.#edit.end();
	}

	#begin(name: string): void {
		this.#endStep();
		this.#step = this.#tracer.startSpan(name, {}, trace.setSpan(ROOT_CONTEXT, this.#edit));
	}

	#endStep(): void {
		this.#step?.end();
		this.#step = undefined;
	}
}
