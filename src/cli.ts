#!/usr/bin/env node
import {Command, CommanderError} from 'commander';
import {cleanCommand} from './cli/clean-command.ts';
import {type AllSettings, doctorCommand} from './cli/doctor/doctor-command.ts';
import {editCommand, type WithClient} from './cli/edit-command.ts';
import {exitCodes, UsageError} from './cli/exit-codes.ts';
import {endWithReader} from './cli/standard-streams.ts';
import {readConfig} from './config.ts';
import {describeError, RedraftClient} from './grpc/client.ts';
import {catalogModels} from './model/model-presets.ts';
import {StoppedError, stopSignal} from './stop-signal.ts';

endWithReader();
const stop = stopSignal();

const withClient: WithClient = async (server, use) => {
	if (server === undefined) {
		// Whoever names a service needs none of what starts one.
		const {withOwnService} = await import('./own-service.ts');
		const onProgress = (line: string) => process.stderr.write(`${line}\n`);
		return withOwnService({onProgress, signal: stop}, use);
	}

	// Who waits at a terminal is told at once, and can ask again.
	const client = new RedraftClient(server.address, {...server.security, maxAttempts: 1});
	try {
		return await use(client);
	} finally {
		client.close();
	}
};

function doctorSettings(): AllSettings {
	const {tritonTarget: target, ...config} = readConfig(process.env);
	const tritonAddresses = target?.kind === 'dns' ? [`${target.name}:${target.port}`] : target?.addresses;
	const {weights} = catalogModels.find(({name}) => name === config.model) ?? {};
	return {...config, tritonAddresses, modelDownloadBytes: weights?.bytes};
}

/** The exit code of what went wrong, which is told to standard error. */
function fail(error: unknown): number {
	if (error instanceof CommanderError) {
		// It has told already what it expected.
		return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
	}

	process.stderr.write(`redraft: ${describeError(error)}\n`);
	if (error instanceof StoppedError) {
		return error.exitCode;
	}

	return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}

const edit = editCommand(withClient, stop).hook('postAction', () => {
	// Files that were not edited were told one by one.
	if (stop.reason instanceof StoppedError) {
		process.exitCode = stop.reason.exitCode;
	}
});
const program = new Command('redraft')
	.description('Edits code files with a language model, many tokens per pass.')
	.exitOverride()
	.addCommand(edit.exitOverride())
	.addCommand(doctorCommand(doctorSettings).exitOverride())
	.addCommand(cleanCommand().exitOverride());

program
	.command('serve')
	.exitOverride()
	.description('run the service by the settings of the environment, until it is asked to stop')
	.action(async () => {
		const {serve} = await import('./serve.ts');
		process.exitCode = await serve(stop);
	});

try {
	await program.parseAsync();
} catch (error) {
	process.exitCode = fail(stop.aborted ? stop.reason : error);
}
