import {Command} from 'commander';
import {type CleanedEntry, cleanCache} from '../embedded/clean-cache.ts';
import {formatBytes} from '../embedded/machine/disk.ts';
import {defaultCacheDirectory} from '../embedded/machine/paths.ts';

interface CleanFlags {
	readonly all?: boolean;
	readonly dryRun?: boolean;
}

/** `redraft clean`. */
export function cleanCommand(): Command {
	return new Command('clean')
		.description('remove logs, what killed runs left behind, and set-ups of other versions')
		.option('--all', 'also the Python environment and the built-in model, which the next start sets up again')
		.option('-n, --dry-run', 'say what would be removed')
		.action(async ({all = false, dryRun = false}: CleanFlags) => {
			const entries = await cleanCache({cacheDirectory: defaultCacheDirectory(), all, dryRun});
			process.stdout.write(describe(entries, dryRun));
		});
}

function describe(entries: readonly CleanedEntry[], dryRun: boolean): string {
	const verb = dryRun ? 'would remove' : 'removed';
	const lines = entries.map(({path, numBytes, reason}) =>
		reason === undefined ? `${verb} ${path} (${formatBytes(numBytes)})` : `kept ${path}: ${reason}`,
	);
	const removed = entries.filter(({reason}) => reason === undefined);
	const total = formatBytes(removed.reduce((sum, {numBytes}) => sum + numBytes, 0));
	return [...lines, `${verb} ${total} in all`].map(line => `${line}\n`).join('');
}
