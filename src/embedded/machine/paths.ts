import {homedir} from 'node:os';
import {isAbsolute, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Root of the clone; the same from `src/` and from `dist/`. Ends with a slash. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** A Python helper of `src/embedded/`; it stays there, also when the compiled code runs. */
export const helperScript = (name: string): string => join(repositoryRoot, 'src/embedded', name);

/**
 * The only folder outside the clone that is written to: `$XDG_CACHE_HOME/redraft`, else `~/.cache/redraft`.
 * A relative `XDG_CACHE_HOME` is ignored, as its specification asks.
 */
export function defaultCacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
	const configured = env.XDG_CACHE_HOME ?? '';
	return join(isAbsolute(configured) ? configured : join(homedir(), '.cache'), 'redraft');
}
