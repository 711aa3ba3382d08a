/** An element of the page by its id. */
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
	const found = document.getElementById(id);
	if (!(found instanceof kind)) {
		throw new Error(`#${id}: expected ${kind.name}, got ${found?.constructor.name ?? 'nothing'}`);
	}

	return found;
}
