import type {ApplyEditRequest} from '../../src/grpc/client.ts';
import {GoodputPolicy} from '../../src/speculation/goodput-policy.ts';
import {measurePassTimes} from '../../src/speculation/measure-pass-times.ts';
import {type PassTime, PassTimes} from '../../src/speculation/pass-times.ts';
import {editCases} from '../../test/helpers/edit-cases.ts';
import {firstStep} from '../first-step.ts';
import {quantile} from '../quantile.ts';
import {budgetedPassMs} from './budgeted-pass.ts';
import {editsAtATime} from './edits-at-a-time.ts';
import type {EngineUnderTest} from './engine-under-test.ts';
import {countsBetween, figures, type LoadFigures} from './figures.ts';
import {idealReadMs} from './ideal-schedule.ts';
import {PromptStream} from './prompt-stream.ts';

/** The engine's default for the tokens of a pass. */
const maxPassTokens = 512;

export interface LoadSettings {
	readonly callers: readonly number[];
	/** In each row without long prompts. */
	readonly numEdits: number;
	/** How often so many edits as there are callers begin together. */
	readonly numRounds: number;
	readonly longPromptTokens: number;
	readonly outputTokens: number;
	/** Of an edit beside long prompts: fewer, for a token may take a whole pass there. */
	readonly outputTokensBeside: number;
}

/** Least edits in a row beside long prompts. */
const minEditsBeside = 2;

/** Edits in a row: the callers share them out. */
export interface LoadRow extends LoadFigures {
	readonly callers: number;
	readonly speculation: boolean;
	readonly longPrompts: boolean;
	readonly longPromptsRead: number;
}

type RowSetting = Pick<LoadRow, 'callers' | 'speculation' | 'longPrompts'>;

/** Edits that begin together, beside the ideal schedule of their first steps. */
export interface FirstDeltaRow {
	readonly callers: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly idealP50Ms: number;
	readonly idealP99Ms: number;
}

export interface MeasuredEngine {
	readonly name: string;
	readonly passMs: readonly PassTime[];
	/** Time of a full pass at the end of a long prompt. */
	readonly budgetedPassMs: number;
	readonly firstDeltas: readonly FirstDeltaRow[];
	readonly load: readonly LoadRow[];
}

/** All rows of one engine. */
export async function measureEngine(
	engine: EngineUnderTest,
	settings: LoadSettings,
	onProgress: (line: string) => void,
): Promise<MeasuredEngine> {
	const {signal} = new AbortController();
	const points = await measurePassTimes(engine.verifier, maxPassTokens - 1, signal);
	const pass = {maxTokens: maxPassTokens, contextTokens: settings.longPromptTokens};
	const budgetMs = await budgetedPassMs(engine.verifier, pass);
	const firstDeltas: FirstDeltaRow[] = [];
	const load: LoadRow[] = [];
	for (const callers of settings.callers) {
		onProgress(`${callers} callers`);
		firstDeltas.push(await measureFirstDeltas(engine, settings, callers, new PassTimes(points)));
		for (const longPrompts of [false, true]) {
			for (const speculation of [true, false]) {
				load.push(await measureRow(engine, settings, {callers, speculation, longPrompts}));
			}
		}
	}

	return {name: engine.name, passMs: points, budgetedPassMs: budgetMs, firstDeltas, load};
}

interface Sent {
	readonly numEdits: number;
	readonly speculation: boolean;
	readonly maxOutputTokens: number;
}

function requests({numEdits, ...options}: Sent): ApplyEditRequest[] {
	const cases = editCases();
	return Array.from({length: numEdits}, (_, i) => ({...cases[i % cases.length]!.request, options}));
}

/** What a row sends. */
function requestsOf(
	{numEdits, outputTokens, outputTokensBeside}: LoadSettings,
	{callers, speculation, longPrompts}: RowSetting,
): ApplyEditRequest[] {
	return longPrompts
		? requests({
				numEdits: Math.max(minEditsBeside, callers),
				speculation,
				maxOutputTokens: outputTokensBeside,
			})
		: requests({numEdits: Math.max(numEdits, callers), speculation, maxOutputTokens: outputTokens});
}

async function measureRow(
	engine: EngineUnderTest,
	settings: LoadSettings,
	setting: RowSetting,
): Promise<LoadRow> {
	const stream = setting.longPrompts
		? new PromptStream(engine.verifier, settings.longPromptTokens)
		: undefined;
	const before = await engine.passCounts();
	const run = await editsAtATime(engine.client, requestsOf(settings, setting), setting.callers);
	const passes = countsBetween(before, await engine.passCounts());
	const longPromptsRead = (await stream?.stop()) ?? 0;
	return {...setting, ...figures(run, passes), longPromptsRead};
}

async function measureFirstDeltas(
	{client, model}: EngineUnderTest,
	settings: LoadSettings,
	callers: number,
	passTimes: PassTimes,
): Promise<FirstDeltaRow> {
	const maxOutputTokens = settings.outputTokens;
	const sent = requests({numEdits: callers, speculation: true, maxOutputTokens});
	const createPolicy = (maxTokens: number) => new GoodputPolicy(passTimes, maxTokens);
	const steps = await Promise.all(sent.map(request => firstStep(request, model, {createPolicy})));
	const stepTokens = steps.map(({prefix, branches}) => prefix.length + branches.flat().length);
	const ideal = idealReadMs(stepTokens, {maxTokens: maxPassTokens, ms: tokens => passTimes.at(tokens)});
	const measured: number[] = [];
	for (let round = 0; round < settings.numRounds; round++) {
		const {edits} = await editsAtATime(client, sent, callers);
		measured.push(...edits.map(edit => edit.firstDeltaMs));
	}

	return {
		callers,
		p50Ms: quantile(measured, 0.5),
		p99Ms: quantile(measured, 0.99),
		idealP50Ms: quantile(ideal, 0.5),
		idealP99Ms: quantile(ideal, 0.99),
	};
}
