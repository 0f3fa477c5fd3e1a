package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.model.Torch;
import ffmerge.model.TransformerModel;
import ffmerge.study.InfoResult;
import ffmerge.study.Lineage;
import ffmerge.study.ModelInfo;
import ffmerge.study.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code load MODEL --as NAME} */
record LoadCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "load",
                "MODEL",
                1,
                1,
                CommandSpec.Takes.MODEL_TO_LOAD,
                "loads a demo model, or a folder in Hugging Face layout",
                "%ffmerge load gpt2-novels --as base",
                CommandSpec.Makes.MODEL,
                List.of(Options.AS_MODEL, Options.DEVICE));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String model = arguments.first();
        Path folder = folder(model, session, host);
        String name = arguments.text("as", folder.getFileName().toString());
        TransformerModel loaded =
                TransformerModel.load(folder, Torch.device(arguments.text("device", "auto")), host.progress());
        session.put(name, loaded, Lineage.ofFolder(folder));
        arguments.text("as").ifPresent(variable -> host.bind(variable, loaded));
        return new InfoResult(ModelInfo.of(name, loaded));
    }

    private static Path folder(String model, Session session, Host host) {
        String named = host.variable(model)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .orElse(model);
        return session.home().model(named).orElseGet(() -> {
            Path path = Path.of(named);
            if (Files.isDirectory(path)) {
                return path;
            }
            List<String> known = session.home().models();
            throw new UserError("there is no model or folder '" + named + "'" + Nearest.hint(named, known)
                    + (known.isEmpty()
                            ? "; the demo models are found through FFMERGE_HOME"
                            : "; demo models are " + String.join(", ", known)));
        });
    }
}
