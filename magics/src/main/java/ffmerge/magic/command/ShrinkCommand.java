package ffmerge.magic.command;

import ffmerge.architecture.Architecture;
import ffmerge.result.Result;
import ffmerge.shrink.Shrink;
import java.util.List;

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

    @Override
    default Result run(Arguments arguments, Session session, Host host) {
        return ShrinkCommands.run(
                way(arguments, session.architecture(arguments.first(), host)), arguments, session, host);
    }
}
