package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.result.Result;
import ffmerge.result.Step;
import ffmerge.shrink.Shrink;
import java.util.List;
import java.util.Map;

/** A command that makes a model smaller. */
interface ShrinkCommand extends Command {
    /** What its words say is to be done. */
    Shrink way(Arguments arguments, Architecture architecture);

    /**
     * What its words leave open: ways in steps by how much goes, from the least, of each step the alternatives. None where
     * they say it all.
     */
    List<List<Shrink>> open(Arguments arguments, Architecture architecture);

    /** Whether they leave that open, whatever the model. */
    boolean isOpen(Arguments arguments);

    /** What words that leave it open lack, so that they say this one of its ways: options by their names. */
    default Map<String, Object> lacking(Shrink way) {
        List<List<Integer>> layers =
                way.step().groups().stream().map(Step.Group::layers).distinct().toList();
        return Map.of(Options.LAYERS.name(), Options.LAYERS.plain(layers));
    }

    @Override
    default Result run(Arguments arguments, Session session, Host host) {
        return ShrinkCommands.run(
                way(arguments, session.architecture(arguments.first(), host)), arguments, session, host);
    }
}
