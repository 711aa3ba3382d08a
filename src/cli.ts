#!/usr/bin/env node
import {isUtf8} from 'node:buffer';
import {readFile, writeFile} from 'node:fs/promises';
import {status} from '@grpc/grpc-js';
import cliProgress from 'cli-progress';
import {Command} from 'commander';
import {createTwoFilesPatch} from 'diff';
import {readConfig} from './config.ts';
import {type EditResult, isServiceError, RedraftClient} from './grpc/client.ts';
import {startService} from './service.ts';
import {stopSignal} from './stop-signal.ts';

interface EditFlags {
	readonly instruction?: string;
	readonly update?: string;
	readonly language?: string;
	readonly server?: string;
	readonly write?: true;
	readonly diff?: true;
	readonly speculation: boolean;
}

const stop = stopSignal();

const program = new Command('redraft').description(
	'Edits code files with a language model, many tokens per pass.',
);

program
	.command('edit')
	.description('edit one file and print the result')
	.argument('<file>', 'file to edit')
	.option('-i, --instruction <text>', 'what to do, in words')
	.option('-u, --update <file>', 'file with the changed lines and "... existing code ..." markers')
	.option('-l, --language <name>', 'language of the file (default: by its ending)')
	.option('-s, --server <host:port>', 'a running service (default: start one for this edit)')
	.option('--write', 'write the result to the file')
	.option('--diff', 'print a unified diff in place of the file')
	.option('--no-speculation', 'plain greedy decoding, for comparison')
	.action(edit);

async function edit(file: string, flags: EditFlags): Promise<void> {
	const original = await readText(file);
	const request = {
		original,
		instruction: flags.instruction ?? '',
		path: file,
		options: {speculation: flags.speculation},
		...(flags.update !== undefined && {update: await readText(flags.update)}),
		...(flags.language !== undefined && {language: flags.language}),
	};
	const result = await withServer(flags.server, async client => editWithProgress(client, request));
	if (result.summary.finishReason === 'FINISH_REASON_LENGTH') {
		throw new Error(
			`${file}: the answer was cut short at ${result.summary.outputTokens} tokens; nothing was written`,
		);
	}

	await deliver(file, original, result.text, flags);
	const {tokensPerPass, verifyPasses, acceptanceRate} = result.summary;
	const share = (100 * acceptanceRate).toFixed(0);
	process.stderr.write(
		`${tokensPerPass.toFixed(1)} tokens per pass, ${verifyPasses} passes, ${share} % of the draft accepted\n`,
	);
}

/** Bytes that are not UTF-8 would be replaced, and written back as something else. */
async function readText(file: string): Promise<string> {
	const bytes = await readFile(file);
	if (!isUtf8(bytes)) {
		throw new Error(`${file}: expected UTF-8 text, got bytes that are not`);
	}

	return bytes.toString();
}

async function withServer<Result>(
	address: string | undefined,
	use: (client: RedraftClient) => Promise<Result>,
): Promise<Result> {
	const config = {...readConfig(process.env), listen: '127.0.0.1:0'};
	const service = address === undefined ? await startService(config, onProgress, stop) : undefined;
	const client = new RedraftClient(address ?? service!.address);
	try {
		return await use(client);
	} finally {
		client.close();
		await service?.stop();
	}
}

async function editWithProgress(
	client: RedraftClient,
	request: Parameters<RedraftClient['edit']>[0],
): Promise<EditResult> {
	const bar = new cliProgress.SingleBar(
		{
			stream: process.stderr,
			format: 'editing [{bar}] {value} of about {total} characters',
			clearOnComplete: true,
		},
		cliProgress.Presets.legacy,
	);
	bar.start(request.original.length, 0);
	try {
		return await client.edit(request, {signal: stop, onDelta: ({text}) => bar.increment(text.length)});
	} finally {
		bar.stop();
	}
}

async function deliver(file: string, original: string, edited: string, flags: EditFlags): Promise<void> {
	if (flags.diff) {
		process.stdout.write(createTwoFilesPatch(file, file, original, edited));
	}

	if (flags.write) {
		await writeFile(file, edited);
	} else if (!flags.diff) {
		process.stdout.write(edited);
	}
}

function onProgress(line: string): void {
	process.stderr.write(`${line}\n`);
}

try {
	await program.parseAsync();
} catch (error) {
	const message = isServiceError(error)
		? `${status[error.code]}: ${error.details}`
		: (error as Error).message;
	process.stderr.write(`redraft: ${message}\n`);
	process.exitCode = 1;
}
