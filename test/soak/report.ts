import type {Outcomes} from '../helpers/gateway-process.ts';
import type {EditEnd} from './callers.ts';
import type {Holdings, leftovers} from './leaks.ts';
import type {StrikeLog} from './strikes.ts';

/** How a soak went. */
export interface SoakReport {
	readonly seconds: number;
	/** Edits by how they ended for their callers, those of the phases without faults left out. */
	readonly edits: Readonly<Record<EditEnd['outcome'], number>>;
	readonly cleanEdits: number;
	readonly moves: ReadonlyMap<string, number>;
	/** Times that each fault was struck, and that callers did as their kind does. */
	readonly faults: ReadonlyMap<string, number>;
	readonly wrongOutputs: number;
	readonly before: Holdings;
	readonly after: Holdings;
	/** Of all Tritons, once they are stopped. */
	readonly left: ReturnType<typeof leftovers>;
	readonly slowest: StrikeLog['slowest'];
	/** As the gateway counts, over all phases. */
	readonly outcomes: Outcomes;
	/** What is not as it has to be; empty where the soak has passed. */
	readonly problems: readonly string[];
	/** What happened, in order. */
	readonly history: readonly string[];
}

const mebibyte = 1 << 20;

/** The report as a table for a person. */
export function formatReport(report: SoakReport, seed: number): string {
	const {edits, before, after, left, slowest, outcomes} = report;
	const rows: [string, string | number][] = [
		['seed', seed],
		['time', `${report.seconds.toFixed(0)} s`],
		['edits finished', edits.finished],
		['edits failed clearly', edits.failed],
		['edits refused while no Triton worked, and sent again', edits.refused],
		['edits broken off by their callers', edits['broken off']],
		['edits after all was healed', report.cleanEdits],
		['wrong outputs', report.wrongOutputs],
		['moves', list(report.moves)],
		['leaked sequences', after.sequences],
		['KV tokens held', `${before.kvTokens} before, ${after.kvTokens} after`],
		['leaked processes', after.processes - before.processes + left.processes],
		['leaked temporary files', after.files - before.files + left.files],
		['open handles', `${before.handles} before, ${after.handles} after`],
		['heap', `${mib(before.heapBytes)} before, ${mib(after.heapBytes)} after`],
		['slowest recovery', `${slowest.seconds.toFixed(1)} s, ${slowest.name}`],
		['as the gateway counts', list(new Map(Object.entries(outcomes)))],
	];
	const faults = [...report.faults].sort(([one], [other]) => one.localeCompare(other));
	return [...rows, ['faults', ''] as const, ...faults.map(([name, count]) => [`  ${name}`, count] as const)]
		.map(([name, value]) => `${name.padEnd(64)} ${value}`)
		.join('\n');
}

function list(counts: ReadonlyMap<string, number>): string {
	return [...counts].map(([name, count]) => `${name.replace(/^reason="(.*)"$/, '$1')} ${count}`).join(', ');
}

function mib(bytes: number): string {
	return `${(bytes / mebibyte).toFixed(1)} MiB`;
}
