import math, torch
from torch import nn

def moons(seed, count):
    generator = torch.Generator().manual_seed(seed)
    angle, label = math.pi * torch.rand(count, generator=generator), torch.arange(count) % 2
    inner = label[:, None].float()
    arcs = torch.stack([angle.cos(), angle.sin()], 1) * (1 - 2 * inner)
    noise = 0.1 * torch.randn(count, 2, generator=generator)
    return arcs + inner * torch.tensor([1, 0.5]) + noise, label

model = nn.Sequential(nn.Linear(2, 32), nn.GELU(), nn.Linear(32, 2, bias=False))
with torch.no_grad():
    nn.init.normal_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    nn.init.normal_(model[2].weight, std=0.2)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
loss_of = nn.CrossEntropyLoss()
for update in range(200):
    x, label = moons(1, 256)
    optimizer.zero_grad()
    loss_of(model(x), label).backward()
    optimizer.step()
x, label = moons(2, 1000)
print("accuracy", (model(x).argmax(1) == label).float().mean().item())
