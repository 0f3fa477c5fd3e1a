package ffmerge.magic;

import ffmerge.Demo;
import ffmerge.StateFolder;
import ffmerge.data.DemoHome;
import ffmerge.hub.Hub;
import ffmerge.hub.HubSettings;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Notes;
import ffmerge.magic.command.Session;
import ffmerge.result.Lineage;
import ffmerge.result.Result;
import ffmerge.shrink.Ways;
import ffmerge.view.Views;
import ffmerge.workload.Shelf;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what ffmerge doesn't know but by its lists, in a notebook without a kernel that has loaded gpt2-novels. */
abstract class MadeUpTests {
    private final Commands commands;
    private final Ways ways;
    private final Views views;

    @TempDir
    Path folder;

    final Notes host = new Notes();
    Session session;

    MadeUpTests(Commands commands, Ways ways, Views views) {
        this.commands = commands;
        this.ways = ways;
        this.views = views;
    }

    @BeforeEach
    void open() {
        Shelf shelf = new Shelf(DemoHome.find(), () -> new Hub(HubSettings.fromEnvironment()));
        session = new Session(commands, ways, views, shelf, new StateFolder(folder));
        session.put("base", Demo.model(), new Lineage("gpt2-novels"));
    }

    @AfterEach
    void close() {
        session.close();
    }

    /** Runs steps to their end, as a notebook does. */
    Result run(String recipe) {
        new CommandRunner(session, host).run(Recipe.parse(recipe, session.commands(), host::variable));
        return host.results.get(host.results.size() - 1);
    }
}
