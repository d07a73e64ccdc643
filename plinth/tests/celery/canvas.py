"""Chains, groups and chords: what workers send on, each part to the next queue of QUEUES."""
import uuid

from celery import chain, chord, group
from celery.result import AsyncResult, GroupResult

import jobs
from jobs import add, echo, fail, greet, mul, noret, request, tsum
from scenario import error, meta_of, named, part, queues, scenario, server, until, value


@scenario
def chains():
    result = chain(part(add.s(1, 2)), part(mul.s(10)), part(echo.s())).apply_async()
    got = value(result)
    ids = {"first": result.parent.parent.id, "second": result.parent.id, "third": result.id}
    metas = [meta_of(each) for each in (result.parent.parent, result.parent, result)]
    broken = chain(part(add.s(1, 2)), part(fail.si("bad")), part(echo.s())).apply_async()
    failed = error(broken.parent)
    return {
        "value": got,
        "parents": [result.parent.get(), result.parent.parent.get()],
        "children": named([meta["children"] for meta in metas], **ids),
        "immutable": value(chain(part(noret.s()), part(echo.si(5))).apply_async()),
        "broken": [failed["type"], broken.state],
        "keyword": value(chain(part(echo.s("Ada")), part(greet.s(greeting="Hi"))).apply_async()),
    }


@scenario
def chain_requests():
    """root_id and parent_id of each step."""
    steps = chain(part(request.s()), part(request.s()), part(request.s())).apply_async()
    value(steps)
    ids = {"1": steps.parent.parent.id, "2": steps.parent.id, "3": steps.id}
    return [
        [named(each.get()[key], **ids) for key in ("id", "root_id", "parent_id")]
        for each in (steps.parent.parent, steps.parent, steps)
    ]


@scenario
def groups():
    result = group(part(add.s(i, i)) for i in range(6)).apply_async()
    got = value(result)
    result.save()
    restored = GroupResult.restore(result.id, app=jobs.app)
    return {
        "values": got,
        "restored": [restored.completed_count(), restored.get()],
        "meta": sorted(meta_of(result.results[0])),
    }


@scenario
def chords():
    many = chord(part(add.s(i, 1)) for i in range(20))(part(tsum.s()))
    single = chord([part(add.s(1, 1))])(part(tsum.s()))
    ordered = chord(part(echo.s(i)) for i in range(12))(part(echo.s()))
    empty = value(chord([])(part(tsum.s())))
    seen = {"sum": value(many), "single": value(single), "ordered": value(ordered), "empty": empty}
    return {**seen, "left over": left_over()}


def left_over():
    def none():
        return not [key for key in server.keys("celery-taskset-meta-*") if key[-2:-1] == b"."]
    return until(none) and 0


@scenario
def failing_chords():
    """The client raises what the part raised; the body has an error that names the part."""
    result = chord([part(add.s(1, 1)), part(fail.s("bad"))])(part(tsum.s()))
    raised = error(result)
    until(result.ready)
    told = str(uuid.uuid4())
    body = part(tsum.s()).on_error(part(echo.s()).set(task_id=told))
    linked = chord([part(add.s(1, 1)), part(fail.s("bad"))])(body)
    return named({
        "raised": [raised["type"], raised["args"]],
        "meta": meta_of(result)["result"],
        "state": result.state,
        "errback": value(AsyncResult(told, app=jobs.app)),
    }, part=result.parent.results[1].id, body=linked.id)


@scenario
def mixtures():
    """A canvas inside another: what is sent on by the workers, not by the client."""
    seen = {}
    seen["chain with group"] = value(
        chain(part(add.s(1, 2)), group(part(mul.s(2)), part(mul.s(3))), part(tsum.s()))
        .apply_async())
    seen["chain ends with group"] = value(
        chain(part(add.s(1, 2)), group(part(mul.s(2)), part(mul.s(3)))).apply_async())
    seen["group of chains"] = value(
        group(chain(part(add.s(i, 1)), part(mul.s(2))) for i in range(3)).apply_async())
    seen["chord of chains"] = value(
        chord([chain(part(add.s(i, 1)), part(mul.s(2))) for i in range(3)], part(tsum.s()))())
    seen["chord then chain"] = value(
        chain(chord([part(add.s(i, i)) for i in range(3)], part(tsum.s())), part(mul.s(10)))
        .apply_async())
    seen["chord in chord"] = value(
        chord([chord([part(add.s(1, 1)), part(add.s(2, 2))], part(tsum.s())), part(add.s(3, 3))],
              part(tsum.s()))())
    seen["two groups"] = value(
        chain(group(part(add.s(1, 1)), part(add.s(2, 2))), part(tsum.s()),
              group(part(mul.s(2)), part(mul.s(3))), part(tsum.s())).apply_async())
    return seen


@scenario
def many_calls():
    """Celery does not keep what set() said of these, so the queue is said in the call."""
    return {
        "map": value(echo.map([1, "a", None]).apply_async(queue=next(queues))),
        "starmap": value(add.starmap([(1, 2), (3, 4)]).apply_async(queue=next(queues))),
        "chunks": value(add.chunks(zip(range(5), range(5)), 2).group()
                        .apply_async(queue=next(queues))),
    }


@scenario
def links():
    followed, failed, inner = (str(uuid.uuid4()) for _ in range(3))
    first = add.apply_async((1, 2), queue=next(queues), link=[
        part(mul.s(10)).set(task_id=followed, link=part(add.s(1)).set(task_id=inner))])
    broken = fail.apply_async(("bad",), queue=next(queues),
                              link_error=part(echo.s()).set(task_id=failed))
    return named({
        "callback": value(AsyncResult(followed, app=jobs.app)),
        "callback's callback": value(AsyncResult(inner, app=jobs.app)),
        "errback": value(AsyncResult(failed, app=jobs.app)),
        "children": meta_of(first)["children"],
    }, first=first.id, broken=broken.id, followed=followed)
