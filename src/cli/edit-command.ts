import {Command, InvalidArgumentError} from 'commander';
import type {RedraftClient} from '../grpc/client.ts';
import type {EditOptions} from './edit-file.ts';
import {editFiles} from './edit-files.ts';
import {exitCodeHelp, exitCodes, UsageError} from './exit-codes.ts';
import {liveDiff} from './live-diff.ts';
import {type NamedServer, namedServer, type ServerFlags, serverOptions} from './named-server.ts';
import {ProgressBars} from './progress-bars.ts';
import {report} from './report.ts';
import {selectFiles} from './select-files.ts';
import {readText} from './source-file.ts';

/** Runs something with a client of a running service, or of one that is started for it. */
export type WithClient = <Result>(
	server: NamedServer | undefined,
	use: (client: RedraftClient) => Promise<Result>,
) => Promise<Result>;

interface EditFlags extends ServerFlags {
	readonly instruction?: string;
	readonly update?: string;
	readonly language?: string;
	readonly maxOutputTokens?: number;
	readonly jobs: number;
	readonly write?: true;
	readonly diff?: true;
	readonly json?: true;
	readonly patch?: string;
	readonly speculation: boolean;
}

const defaultNumJobs = 4;

/** `redraft edit`. */
export function editCommand(withClient: WithClient, signal: AbortSignal): Command {
	const command = new Command('edit')
		.description('edit files and print the result')
		.argument('<files...>', "files to edit, or quoted patterns such as 'src/**/*.ts'")
		.option('-i, --instruction <text>', 'what to do, in words')
		.option('-u, --update <file>', 'file with the changed lines and "... existing code ..." markers')
		.option('-l, --language <name>', 'language of the files (default: by their endings)')
		.option('-w, --write', 'put the results in the place of the files')
		.option('-d, --diff', 'print a unified diff in place of the text, on a terminal while it comes')
		.option('-p, --patch <file>', 'write the diff to a file that git apply takes')
		.option('--json', 'print one JSON object about all files')
		.option('-j, --jobs <number>', 'files at a time', positiveInteger, defaultNumJobs)
		.option('--max-output-tokens <number>', 'limit on the tokens of one answer', positiveInteger)
		.option('--no-speculation', 'plain greedy decoding, for comparison')
		.action(async (names: readonly string[], flags: EditFlags) => {
			process.exitCode = await edit(names, flags, withClient, signal);
		});
	for (const option of serverOptions) {
		command.addOption(option);
	}

	return command.addHelpText('after', exitCodeHelp);
}

function positiveInteger(text: string): number {
	const value = Number(text);
	if (!Number.isSafeInteger(value) || value < 1) {
		throw new InvalidArgumentError('Expected a whole number from 1 on.');
	}

	return value;
}

async function edit(
	names: readonly string[],
	flags: EditFlags,
	withClient: WithClient,
	signal: AbortSignal,
): Promise<number> {
	const paths = await selectFiles(names);
	const {write = false, diff = false, json = false, patch, jobs: numJobs} = flags;
	if (paths.length > 1 && !write && !diff && !json && patch === undefined) {
		throw new UsageError('several files: expected --write, --diff, --patch or --json, got none of them');
	}

	const bars = new ProgressBars();
	// Who reads a pipe could take a part of a diff for the whole; diffs of several files would run into each other.
	const isLive = diff && !json && paths.length === 1 && process.stdout.isTTY;
	const progressOf = isLive ? liveDiff : (path: string) => bars.of(path);
	const server = await namedServer(flags);
	const options = {request: await requestOf(flags), write, signal, numJobs, progressOf};
	const outcomes = await withClient(server, client => editFiles(client, paths, options)).finally(() =>
		bars.stop(),
	);
	await report(outcomes, {write, diff: isLive ? 'printed' : diff, json, ...(patch !== undefined && {patch})});
	return outcomes.some(outcome => 'error' in outcome) ? exitCodes.failed : exitCodes.done;
}

async function requestOf(flags: EditFlags): Promise<EditOptions['request']> {
	const {instruction = '', update, language, speculation, maxOutputTokens, diff, patch} = flags;
	const includeDiff = diff !== undefined || patch !== undefined;
	return {
		instruction,
		options: {speculation, includeDiff, ...(maxOutputTokens !== undefined && {maxOutputTokens})},
		...(update !== undefined && {update: await readText(update)}),
		...(language !== undefined && {language}),
	};
}
