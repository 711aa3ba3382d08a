export function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
	return items.reduce((total, item) => total + value(item), 0);
}
