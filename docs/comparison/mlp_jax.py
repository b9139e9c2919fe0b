import jax, jax.numpy as jnp, optax

def moons(key, count):
    angles, noise = jax.random.split(key)
    angle, label = jax.random.uniform(angles, (count,), maxval=jnp.pi), jnp.arange(count) % 2
    inner = label[:, None].astype(float)
    arcs = jnp.stack([jnp.cos(angle), jnp.sin(angle)], 1) * (1 - 2 * inner)
    return arcs + inner * jnp.array([1, 0.5]) + 0.1 * jax.random.normal(noise, (count, 2)), label

params = {"w1": jax.random.normal(jax.random.key(3), (2, 32)), "b1": jnp.zeros(32),
          "w2": 0.2 * jax.random.normal(jax.random.key(4), (32, 2))}
logits = lambda p, x: jax.nn.gelu(x @ p["w1"] + p["b1"]) @ p["w2"]
loss = lambda p, x, label: optax.softmax_cross_entropy_with_integer_labels(logits(p, x), label).mean()
optimizer = optax.adamw(0.02)

@jax.jit
def step(params, state, x, label):
    updates, state = optimizer.update(jax.grad(loss)(params, x, label), state, params)
    return optax.apply_updates(params, updates), state

state = optimizer.init(params)
for update in range(200):
    params, state = step(params, state, *moons(jax.random.key(1), 256))
x, label = moons(jax.random.key(2), 1000)
print("accuracy", (logits(params, x).argmax(1) == label).mean())
