import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {clientVenv} from '../helpers/client-venv.ts';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs `openai_client.py`, with OpenAI's client for Python, and returns what it prints. */
export async function runPythonClient(baseURL: string): Promise<unknown> {
	const python = await clientVenv(pathOf('requirements.txt'));
	const {stdout} = await promisify(execFile)(python, [pathOf('openai_client.py'), baseURL]);
	return JSON.parse(stdout);
}
