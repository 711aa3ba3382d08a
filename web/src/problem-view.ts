import type {Advice} from './edit/edit-failure.ts';
import {element} from './element.ts';

/** What went wrong and what to do, in a box that screen readers announce. */
export class ProblemView {
	readonly #box = element('problem', HTMLElement);

	show({title, action, detail}: Omit<Advice, 'needsKey'>): void {
		const heading = document.createElement('strong');
		heading.textContent = title;
		const text = document.createElement('span');
		text.textContent = action;
		this.#box.replaceChildren(heading, text);
		if (detail !== '' && !action.includes(detail)) {
			const code = document.createElement('code');
			code.textContent = detail;
			this.#box.append(code);
		}

		this.#box.hidden = false;
	}

	hide(): void {
		this.#box.hidden = true;
	}
}
