/**
 * Runs edits with known answers through the real service.
 *   npm run evaluate -- [--input FILE.jsonl] [--plain 3] [--count 100] [--output FILE.jsonl] [--resume] [--json]
 */
import {appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {defaultCacheDirectory} from '../../src/embedded/machine/paths.ts';
import type {RedraftClient} from '../../src/grpc/client.ts';
import {withOwnService} from '../../src/own-service.ts';
import {StoppedError, stopSignal} from '../../src/stop-signal.ts';
import {type Case, readCases} from './cases.ts';
import {groupBy} from './group-by.ts';
import {ParseCheck} from './parse-check.ts';
import {type CaseResult, runCase} from './run-case.ts';
import {lengthClass, printSummaries, summarize, summarizeBy} from './summary.ts';

const {values} = parseArgs({
	options: {
		input: {type: 'string'},
		output: {type: 'string'},
		/** Cases of each set. */
		count: {type: 'string', default: '1000000'},
		/** Cases of each set that are decoded without speculation too. */
		plain: {type: 'string', default: '3'},
		/** Keep the results of the first cases that `--output` already has, and go on behind them. */
		resume: {type: 'boolean', default: false},
		json: {type: 'boolean', default: false},
	},
});

const [count, plain] = [integer('count'), integer('plain')];
const stop = stopSignal();

function integer(name: 'count' | 'plain'): number {
	const value = Number(values[name]);
	if (!Number.isInteger(value) || value < 0) {
		console.error(`evaluate: --${name}: expected a whole number, got ${values[name]}`);
		process.exit(2);
	}

	return value;
}

function fail(error: unknown): void {
	console.error(stop.aborted ? 'stopped' : `evaluate: ${(error as Error).message}`);
	process.exitCode = stop.reason instanceof StoppedError ? stop.reason.exitCode : 1;
}

function loadCases(file: string): Case[] {
	if (!existsSync(file)) {
		throw new Error(
			`--input: expected a file of cases, got ${file}; training/README.md tells how to make the sets`,
		);
	}

	const sets = [...groupBy(readCases(file), ({set}) => set).values()];
	if (count === 0 || sets.length === 0) {
		throw new Error(`--input: expected at least one case, got none in ${file}`);
	}

	return sets.flatMap(set => set.slice(0, count));
}

function earlierResults(output: string): CaseResult[] {
	if (!values.resume || !existsSync(output)) {
		mkdirSync(path.dirname(output), {recursive: true});
		writeFileSync(output, '');
	}

	const lines = readFileSync(output, 'utf8').split('\n');
	return lines.filter(line => line !== '').map(line => JSON.parse(line) as CaseResult);
}

/** Results so far where it is stopped or fails: a long run is not lost. */
async function evaluate(
	cases: readonly Case[],
	client: RedraftClient,
	output: string,
): Promise<CaseResult[]> {
	const parseCheck = await ParseCheck.create();
	const results = earlierResults(output);
	try {
		for (const edit of cases.slice(results.length)) {
			const earlier = results.filter(({set}) => set === edit.set).length;
			const options = {plain: earlier < plain, signal: stop};
			const result = await runCase(edit, client, parseCheck, options);
			results.push(result);
			appendFileSync(output, `${JSON.stringify(result)}\n`);
			const verdict = result.exact ? 'exact' : `differs (${result.similarity.toFixed(4)})`;
			console.error(`${results.length} of ${cases.length}: ${edit.set} ${edit.kind}: ${verdict}`);
		}
	} catch (error) {
		fail(error);
	}

	return results;
}

function report(results: readonly CaseResult[], output: string): void {
	const groups = {
		sets: summarizeBy(results, ({set}) => set),
		kinds: summarizeBy(results, ({kind}) => kind),
		lengths: summarizeBy(
			[...results].sort((a, b) => a.lines - b.lines),
			lengthClass,
		),
	};
	Object.values(groups).forEach(printSummaries);
	console.log(`one line per case: ${output}`);
	if (values.json) {
		console.log(JSON.stringify({...summarize(results), ...groups}));
	}
}

try {
	const folder = path.join(defaultCacheDirectory(), 'training');
	const cases = loadCases(values.input ?? path.join(folder, 'sets.jsonl'));
	const output = values.output ?? path.join(folder, 'evaluation.jsonl');
	const service = {onProgress: (line: string) => console.error(line), signal: stop};
	await withOwnService(service, async client => report(await evaluate(cases, client, output), output));
} catch (error) {
	fail(error);
}
