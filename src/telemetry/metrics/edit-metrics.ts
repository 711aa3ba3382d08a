import {Counter, Gauge, Histogram, type Registry} from 'prom-client';
import {editOutcomes, moveReasons, refusalReasons} from '../edit-observer.ts';

/** Sources of draft tokens, and with the model's own those of emitted ones. */
const draftSources = ['original', 'update', 'context'];
const tokenSources = [...draftSources, 'model'];

const editSeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640];
const waitSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80];
const passSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const tokenCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** All metrics of the edits. Every series with a label of a known set stands there from the start, at 0. */
export function createEditMetrics(registry: Registry) {
	return {...countEdits(registry), ...countTokens(registry), ...createGauges(registry), ...time(registry)};
}

export type EditMetrics = ReturnType<typeof createEditMetrics>;

function countEdits(registry: Registry) {
	return {
		edits: countBy(registry, 'edits_total', 'Edits that ended, by how.', 'outcome', editOutcomes),
		refused: countBy(registry, 'refused_total', 'Edits refused, by reason.', 'reason', refusalReasons),
		moves: countBy(
			registry,
			'sequence_moves_total',
			'Sequences that went on elsewhere, by reason.',
			'reason',
			moveReasons,
		),
	};
}

function countTokens(registry: Registry) {
	const bySource = (name: string, help: string, sources: readonly string[]) =>
		countBy(registry, name, help, 'source', sources);
	const count = (name: string, help: string) =>
		new Counter({name: `redraft_${name}`, help, registers: [registry]});
	return {
		promptTokens: count('prompt_tokens_total', 'Tokens of the prompts of started edits.'),
		drafts: count('drafts_total', 'Verify passes that carried a draft.'),
		outputTokens: bySource('output_tokens_total', 'Tokens emitted, by source.', tokenSources),
		draftTokens: bySource('draft_tokens_total', 'Draft tokens sent, by source.', draftSources),
		acceptedTokens: bySource(
			'accepted_draft_tokens_total',
			'Draft tokens that the model agreed with, by source.',
			draftSources,
		),
	};
}

function createGauges(registry: Registry) {
	const gauge = (name: string, help: string) =>
		new Gauge({name: `redraft_${name}`, help, registers: [registry]});
	return {
		openEdits: gauge('open_edits', 'Edits that have a place now.'),
		waitingEdits: gauge('waiting_edits', 'Edits that wait for a place now.'),
	};
}

function time(registry: Registry) {
	const histogram = (name: string, help: string, buckets: number[]) =>
		new Histogram({name: `redraft_${name}`, help, buckets, registers: [registry]});
	return {
		editSeconds: histogram(
			'edit_duration_seconds',
			'Time from the request to the end, of edits that were not refused.',
			editSeconds,
		),
		firstDeltaSeconds: histogram(
			'time_to_first_delta_seconds',
			'Time from the request to the first piece of text.',
			waitSeconds,
		),
		queueSeconds: histogram(
			'queue_duration_seconds',
			'Time that admitted edits waited for their place.',
			waitSeconds,
		),
		passSeconds: histogram(
			'pass_duration_seconds',
			'Time from sending a verify step to its answer, the one that reads the prompt included.',
			passSeconds,
		),
		tokensPerPass: histogram('tokens_per_pass', 'Tokens emitted by one verify pass.', tokenCounts),
	};
}

function countBy<Label extends string>(
	registry: Registry,
	name: string,
	help: string,
	label: Label,
	values: readonly string[],
): Counter<Label> {
	const counter = new Counter({
		name: `redraft_${name}`,
		help,
		labelNames: [label],
		registers: [registry],
	});
	for (const value of values) {
		counter.labels(value).inc(0);
	}

	return counter;
}
