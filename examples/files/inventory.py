"""Keeps track of what is in stock."""

from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    quantity: int
    price_cents: int


@dataclass
class Inventory:
    items: dict[str, Item] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        if item.name in self.items:
            self.items[item.name].quantity += item.quantity
        else:
            self.items[item.name] = item

    def remove(self, name: str, quantity: int) -> None:
        item = self.items[name]
        if item.quantity < quantity:
            raise ValueError(f"only {item.quantity} of {name} left")
        item.quantity -= quantity

    def total_cents(self) -> int:
        return sum(item.quantity * item.price_cents for item in self.items.values())
