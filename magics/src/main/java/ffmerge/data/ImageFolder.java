package ffmerge.data;

import ffmerge.LfsPointer;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A folder with a folder of images for each class. The classes take turns, so that any number of images from the start
 * holds all of them.
 */
final class ImageFolder implements ImageFiles {
    /** Of every file that datasets' ImageFolder takes for a picture, read here or not: none is left out in silence. */
    private static final Set<String> ENDINGS =
            Set.of(("blp bmp dib bufr cur pcx dcx dds ps eps fit fits fli flc ftc ftu gbr"
                            + " gif grib png apng jp2 j2k jpc jpf jpx j2c icns ico im iim tif tiff jfif jpe jpg jpeg mpg mpeg"
                            + " msp pcd pxr pbm pgm ppm pnm psd bw rgb rgba sgi ras tga icb vda vst webp wmf emf xbm xpm"
                            + " avif heic heif")
                    .split(" "));

    private final List<String> classNames = new ArrayList<>();
    private final List<Path> images = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();

    /** @throws UserError if the folder has no class folders, or there is no image in them */
    ImageFolder(Path folder) {
        List<List<Path>> byClass = new ArrayList<>();
        for (Path sub : list(folder).stream().filter(Files::isDirectory).toList()) {
            classNames.add(sub.getFileName().toString());
            byClass.add(list(sub).stream().filter(ImageFolder::isImage).toList());
        }
        if (classNames.isEmpty()) {
            throw new UserError(folder + " holds no folders: images are expected in a folder for each class, as in "
                    + folder + "/CLASS/IMAGE.png");
        }
        int most = byClass.stream().mapToInt(List::size).max().orElse(0);
        for (int turn = 0; turn < most; turn++) {
            for (int label = 0; label < byClass.size(); label++) {
                if (turn < byClass.get(label).size()) {
                    images.add(byClass.get(label).get(turn));
                    labels.add(label);
                }
            }
        }
        if (images.isEmpty()) {
            throw new UserError("the class folders in " + folder
                    + " hold no image: none of their files is named as one," + " as in IMAGE.png or IMAGE.jpg");
        }
    }

    static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> !f.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw UserError.cannot("list " + folder, e);
        }
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
    }

    @Override
    public int size() {
        return images.size();
    }

    @Override
    public int label(int image) {
        return labels.get(image);
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public String name(int image) {
        return images.get(image).toString();
    }

    @Override
    public List<byte[]> read(int[] wanted) {
        return Arrays.stream(wanted).mapToObj(i -> read(images.get(i))).toList();
    }

    private static byte[] read(Path file) {
        LfsPointer.refuse(file);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }
}
