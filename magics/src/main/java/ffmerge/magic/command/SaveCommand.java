package ffmerge.magic.command;

import ffmerge.UserError;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.model.TransformerModel;
import ffmerge.study.Result;
import ffmerge.study.Saving;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@code save NAME FOLDER --format tied|expanded} */
record SaveCommand() implements Command {
    @Override
    public CommandSpec spec() {
        return new CommandSpec(
                "save",
                "NAME FOLDER",
                2,
                2,
                CommandSpec.Takes.LOADED_MODEL,
                "writes a model as a folder in Hugging Face layout",
                "%ffmerge save small saved/small --format tied",
                CommandSpec.Makes.RESULT,
                List.of(
                        OptionSpec.choice(
                                "format",
                                "tied",
                                "tied: each shared tensor once; expanded: what from_pretrained loads as it is",
                                "tied",
                                "expanded"),
                        OptionSpec.choice(
                                "dtype", "as it was loaded", "type of the weights", "float32", "float16", "bfloat16"),
                        OptionSpec.flag("replace", "replace a folder that is there"),
                        Options.AS_RESULT));
    }

    @Override
    public Result run(Arguments arguments, Session session, Host host) {
        String name = arguments.first();
        TransformerModel model = session.model(name, host);
        DType dtype = arguments
                .text("dtype")
                .map(label -> Stream.of(DType.F32, DType.F16, DType.BF16)
                        .filter(d -> d.label().equals(label))
                        .findFirst()
                        .orElseThrow())
                .orElse(model.origin().dtype());
        Format format = arguments.text("format", "tied").equals("tied") ? Format.TIED : Format.EXPANDED;
        return Saving.save(
                name,
                model,
                session.lineage(name).toString(),
                path(arguments.positional().get(1)),
                format,
                dtype,
                arguments.flag("replace"),
                host.progress());
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new UserError("'" + text + "' is no path: " + e.getReason(), e);
        }
    }
}
