package ffmerge.shrink;

import ffmerge.align.LayerAlignment;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One way gone on several groups of layers, none of which shares a layer with another: the same as if all were one step.
 *
 * @param each on a group
 */
record GroupsInTurn(List<Shrink> each) implements Shrink {
    @Override
    public Step step() {
        Step first = each.get(0).step();
        List<Step.Group> groups =
                each.stream().flatMap(shrink -> shrink.step().groups().stream()).toList();
        return Step.smaller(first.way(), first.method(), groups).with(first.options());
    }

    @Override
    public Outline after(Outline before) {
        Outline outline = before;
        for (Shrink shrink : each) {
            outline = shrink.after(outline);
        }
        return outline;
    }

    @Override
    public void requireFits(String name, TransformerModel model) {
        each.forEach(shrink -> shrink.requireFits(name, model));
        after(Outline.of(model));
    }

    @Override
    public Needs needs() {
        return Needs.all(each.stream().map(Shrink::needs).toList());
    }

    @Override
    public Work work(Outline before) {
        return each.stream().map(shrink -> shrink.work(before)).reduce(Work.NONE, Work::plus);
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        TransformerModel made = model;
        List<LayerAlignment> alignments = new ArrayList<>();
        for (Shrink shrink : each) {
            Shrunk next = shrink.apply(made, evidence);
            if (made != model) {
                made.close();
            }
            made = next.model();
            alignments.addAll(next.alignments());
        }
        return new Shrunk(made, alignments);
    }

    @Override
    public Map<String, Object> told() {
        return each.get(0).told();
    }

    @Override
    public List<String> notices(Outline before, int rows) {
        return each.stream()
                .flatMap(shrink -> shrink.notices(before, rows).stream())
                .distinct()
                .toList();
    }

    @Override
    public String summary(String name) {
        String summary = name;
        for (Shrink shrink : each) {
            summary = shrink.summary(summary);
        }
        return summary;
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return each.stream().flatMap(shrink -> shrink.changes().stream()).toList();
    }

    @Override
    public List<ShrinkResult.Group> groups() {
        return each.stream().flatMap(shrink -> shrink.groups().stream()).toList();
    }
}
