package ffmerge.magic.command;

import ffmerge.result.Result;
import java.util.List;

/**
 * What {@code help} tells.
 *
 * @param commands all of them, or the one that was asked about
 */
public record HelpResult(List<CommandSpec> commands) implements Result {}
