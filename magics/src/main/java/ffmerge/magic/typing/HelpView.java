package ffmerge.magic.typing;

import ffmerge.magic.command.HelpResult;
import ffmerge.view.View;

/** What help tells, as it stands. */
public final class HelpView implements View<HelpResult> {
    @Override
    public Class<HelpResult> type() {
        return HelpResult.class;
    }

    @Override
    public String command(HelpResult result) {
        return "help";
    }

    @Override
    public boolean isFinding() {
        return false;
    }

    @Override
    public String sentence(HelpResult result) {
        return HelpText.of(result).text();
    }

    @Override
    public String sentenceHtml(HelpResult result) {
        return HelpText.of(result).html();
    }
}
