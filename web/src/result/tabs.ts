import {element} from '../element.ts';

export type TabName = 'text' | 'diff';

const panels = {text: 'lanes', diff: 'diff'} as const;
const names = Object.keys(panels) as TabName[];

/** Text and diff, as a tab list: arrow keys move between the tabs. */
export class Tabs {
	readonly #onSelect: (name: TabName) => void;

	constructor(onSelect: (name: TabName) => void) {
		this.#onSelect = onSelect;
		for (const name of names) {
			const tab = tabOf(name);
			tab.addEventListener('click', () => this.select(name));
			tab.addEventListener('keydown', event => {
				if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
					const other = names.find(one => one !== name)!;
					if (!tabOf(other).disabled) {
						this.select(other);
						tabOf(other).focus();
					}
				}
			});
		}
	}

	select(selected: TabName): void {
		for (const name of names) {
			const isSelected = name === selected;
			tabOf(name).setAttribute('aria-selected', String(isSelected));
			tabOf(name).tabIndex = isSelected ? 0 : -1;
			element(panels[name], HTMLElement).hidden = !isSelected;
		}

		this.#onSelect(selected);
	}

	enable(name: TabName, isEnabled: boolean): void {
		tabOf(name).disabled = !isEnabled;
	}
}

function tabOf(name: TabName): HTMLButtonElement {
	return element(`tab-${name}`, HTMLButtonElement);
}
