package ffmerge.magic.typing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Option;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** In the cells below a bar is the cursor. */
class HelpTextTest {
    private static final CommandSpec MERGE = Commands.BUILT_IN.named("merge").spec();
    private static final Option<?> ANCHOR = MERGE.option("anchor").orElseThrow();

    private static HelpText at(String cell) {
        return HelpText.at(cell.replace("|", ""), cell.indexOf('|'), Commands.BUILT_IN)
                .orElseThrow();
    }

    @Test
    void aCommandSaysAllThatItsSpecHolds() {
        String text = HelpText.of(MERGE).text();
        assertTrue(text.startsWith(MERGE.usage() + "\n" + MERGE.summary()));
        assertTrue(text.endsWith(MERGE.example()));
        for (Option<?> option : MERGE.options()) {
            assertTrue(text.contains("--" + option.name() + " " + option.placeholder()), option.name());
            assertTrue(text.contains(option.help()), option.name());
        }
        assertTrue(text.contains("(default: first)"));
    }

    /** What several commands have stands in one place; each command's help has it where it always stood. */
    @Test
    void optionsStandInTheirOrder() {
        String measured = "data columns skip-broken split limit task shots shots-data context stride bos weighting ";
        String recorded = "data columns skip-broken context stride tokens ";
        String generated = "beams max-length tokenize prompt stem";
        assertOrder(measured + "reference seed show precision as dry-run out " + generated, "eval");
        assertOrder(measured + "axis latency reference seed precision as dry-run out width " + generated, "compare");
        assertOrder(
                "length methods stack race precision " + measured
                        + "tokens protocol memory reference as dry-run out width anchor features seed site average ridge rescale residual "
                        + generated,
                "sweep");
        assertOrder("site stack " + recorded + "scale precision as dry-run out width", "cka");
        assertOrder("layers features stack " + recorded + "protocol matrix as dry-run out width", "align");
        assertOrder(
                "as window layers site anchor align features average ridge rescale residual stack " + recorded
                        + "protocol memory seed dry-run out",
                "merge");
        assertOrder("show data columns skip-broken split limit as dry-run out", "mistakes");
        assertOrder(
                "as adapters rank alpha adapter-dropout targets steps batch accumulate rate warmup decay clip"
                        + " label-smoothing validate save limit teacher temperature distill augment context stride bos weighting precision recompute"
                        + " devices data columns skip-broken task task-data shots shots-data seed dry-run brief out width "
                        + generated,
                "tune");
    }

    private static void assertOrder(String names, String command) {
        assertEquals(
                names,
                Commands.BUILT_IN.named(command).spec().options().stream()
                        .map(Option::name)
                        .collect(Collectors.joining(" ")));
    }

    @Test
    void thePageSaysTheSameAndIsEscaped() {
        CommandSpec odd = new CommandSpec(
                "odd",
                "<A>",
                0,
                1,
                CommandSpec.Takes.NOTHING,
                "a < b & c",
                "%ffmerge odd \"x\"",
                CommandSpec.Makes.RESULT,
                List.of());
        String html = HelpText.of(odd).html();
        assertTrue(html.contains("odd &lt;A&gt;"), html);
        assertTrue(html.contains("a &lt; b &amp; c"), html);
        assertTrue(html.contains("odd &quot;x&quot;"), html);
        assertFalse(html.contains("<table>"), "there are no options");
        assertTrue(HelpText.of(MERGE).html().contains("<code>--anchor first|middle|last</code>"));
    }

    @Test
    void theOverviewNamesEveryCommand() {
        List<CommandSpec> all = Commands.BUILT_IN.specs();
        HelpText overview = HelpText.overview(all);
        all.forEach(c -> assertTrue(overview.text().contains("  " + c.name()), c.name()));
        all.forEach(c -> assertTrue(overview.text().contains(c.summary()), c.name()));
        assertEquals(overview, at("%ffm|erge"));
        assertEquals(overview, at("%ffmerge |"));
        assertEquals(overview, at("%ffmerge mer|"));
        assertEquals(overview, at("%%ffmerge\n|"));
    }

    @Test
    void theCursorMayStandAnywhereInAWord() {
        HelpText merge = HelpText.of(MERGE);
        for (String cell : List.of(
                "%ffmerge mer|ge base",
                "%ffmerge |merge base",
                "%ffmerge merge|",
                "%ffmerge merge base|",
                "%ffmerge merge base |",
                "%%ffmerge mer|ge base\nwindow: 3-8",
                "%%ffmerge\n- load: gpt2-novels\n- mer|ge: base",
                "%%ffmerge\n- merge: ba|se")) {
            assertEquals(merge, at(cell), cell);
        }
    }

    @Test
    void anOptionIsExplainedByNameAndByValue() {
        HelpText anchor = HelpText.of(MERGE, ANCHOR);
        assertTrue(anchor.text().contains(ANCHOR.help()));
        for (String cell : List.of(
                "%ffmerge merge base --anc|hor first",
                "%ffmerge merge base --anchor|",
                "%ffmerge merge base --anchor fi|rst",
                "%%ffmerge merge base\nanch|or: first",
                "%%ffmerge merge base\nanchor: |first",
                "%%ffmerge\n- merge: base\n  anc|hor: first")) {
            assertEquals(anchor, at(cell), cell);
        }
    }

    @Test
    void javaIsLeftToTheShell() {
        assertTrue(HelpText.at("Path.of(\"x\")", 6, Commands.BUILT_IN).isEmpty());
        assertTrue(HelpText.at("", 0, Commands.BUILT_IN).isEmpty());
    }
}
