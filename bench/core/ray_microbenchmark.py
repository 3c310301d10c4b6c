"""Runs Ray's own microbenchmark, without its pauses between the cases."""
import time
import types

import ray
import ray._private.ray_microbenchmark_helpers as helpers

clock = types.SimpleNamespace(**{name: getattr(time, name) for name in dir(time) if not name.startswith("_")})
clock.sleep = lambda seconds: None
helpers.time = clock

from ray._private import ray_perf  # noqa: E402


def measure_actor_starts():
    """Ray's microbenchmark has no case for them; the same as in src/cli/microbenchmark/cluster-cases.ts."""
    @ray.remote
    class Server:
        def small_value(self):
            return b"ok"

    def start_actors(count):
        actors = [Server.remote() for _ in range(count)]
        ray.get([actor.small_value.remote() for actor in actors])
        for actor in actors:
            ray.kill(actor)

    ray.init(include_dashboard=False)
    helpers.timeit("actor create to first answer", lambda: start_actors(1))
    helpers.timeit("8 actors at once, create to first answer", lambda: start_actors(8), 8)
    ray.shutdown()


measure_actor_starts()
ray_perf.main()
