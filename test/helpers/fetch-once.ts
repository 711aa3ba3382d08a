/**
 * Asks over a connection of its own. One that is kept for the next request may be closed by the other side in the very
 * moment in which it is used again, and Triton's shutdown waits for it.
 * @throws {Error} there is no answer; names the URL and why
 */
export async function fetchOnce(url: string, given: RequestInit = {}): Promise<Response> {
	try {
		return await fetch(url, {...given, headers: {connection: 'close'}});
	} catch (error) {
		const {cause = error} = error as Error;
		throw new Error(`${url}: expected an answer, got ${cause}`, {cause: error});
	}
}
